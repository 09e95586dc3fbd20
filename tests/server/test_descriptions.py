"""The WSDL and schemas we serve: held against the published schemas, against the routes, and against zeep. [decision 4]"""

from __future__ import annotations

import copy
import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import zeep
from lxml import etree
from zeep.plugins import Plugin

from safexml.namespaces import HL7, LCM, QUERY, RIM, RMD, RS, SOAP, WSA, XDSB, qname
from server.descriptions import Descriptions
from server.wiring import House
from tests.samples import fresh_oid
from tests.server import messages
from tests.server.conftest import ROOT, Running
from xds.transactions import Packaging
from xds.vocabulary import AvailabilityStatus

SHARED = ROOT.parent / "shared"
CORPUS = SHARED / "corpus" / "nist"
GENUINE = SHARED / "ihe-schema" / "IHE" / "rmd.xsd"
OURS = ROOT / "server" / "wsdl"
WSDL = "http://schemas.xmlsoap.org/wsdl/"
WSAM = "http://www.w3.org/2007/05/addressing/metadata"
WSP = "http://www.w3.org/ns/ws-policy"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"

needs_papers = pytest.mark.skipif(not GENUINE.is_file(), reason="the published schemas are not beside the checkout")

Break = Callable[[etree._Element], object]


@pytest.fixture(scope="module")
def genuine() -> etree.XMLSchema:
    """The published schemas."""
    return etree.XMLSchema(etree.parse(GENUINE))


@pytest.fixture(scope="module")
def ours() -> etree.XMLSchema:
    """Our restatement, all of it."""
    root = etree.Element(qname("http://www.w3.org/2001/XMLSchema", "schema"))
    for namespace, name in ((QUERY, "query"), (XDSB, "xdsb"), (RMD, "rmd")):
        etree.SubElement(
            root,
            qname("http://www.w3.org/2001/XMLSchema", "import"),
            namespace=namespace,
            schemaLocation=(OURS / f"{name}.xsd").as_uri(),
        )
    return etree.XMLSchema(root)


def corpus() -> Iterator[Any]:
    """Each request of the corpus in the language that we speak, its placeholders filled."""
    if not CORPUS.is_dir():
        return
    for case in json.loads((CORPUS / "manifest.json").read_text())["cases"]:
        yield pytest.param(case, id=case["id"])


def filled(case: dict[str, Any]) -> etree._Element:
    """A corpus file with neutral values in its placeholders."""
    text = (CORPUS / case["file"]).read_text()
    for name, rule in case["substitutions"].items():
        value = {"patient_id": "P^^^&amp;1.2.3&amp;ISO", "new_oid": "1.2.3.4"}.get(rule["kind"], uuid.uuid4().urn)
        text = text.replace("{{" + name + "}}", value)
    return etree.fromstring(text.encode())


def first(name: str) -> Callable[[etree._Element], etree._Element]:
    """The first element of that name."""
    return lambda root: next(root.iter(qname(RIM, name)))


def swap(root: etree._Element) -> None:
    """The first child of the first object goes last."""
    entry = first("ExtrinsicObject")(root)
    entry.append(entry[0])


BROKEN: dict[str, Break] = {
    "object without id": lambda root: first("ExtrinsicObject")(root).attrib.pop("id"),
    "Classification without id": lambda root: first("Classification")(root).attrib.pop("id"),
    "Classification without classifiedObject": lambda root: first("Classification")(root).attrib.pop(
        "classifiedObject"
    ),
    "ExternalIdentifier without value": lambda root: first("ExternalIdentifier")(root).attrib.pop("value"),
    "ExternalIdentifier without registryObject": lambda root: first("ExternalIdentifier")(root).attrib.pop(
        "registryObject"
    ),
    "Association without sourceObject": lambda root: first("Association")(root).attrib.pop("sourceObject"),
    "Association without associationType": lambda root: first("Association")(root).attrib.pop("associationType"),
    "Slot without name": lambda root: first("Slot")(root).attrib.pop("name"),
    "Slot without ValueList": lambda root: first("Slot")(root).remove(first("ValueList")(root)),
    "two ValueLists": lambda root: first("Slot")(root).append(copy.deepcopy(first("ValueList")(root))),
    "value too long": lambda root: setattr(first("Value")(root), "text", "x" * 257),
    "title too long": lambda root: first("LocalizedString")(root).set("value", "x" * 1025),
    "mimeType too long": lambda root: first("ExtrinsicObject")(root).set("mimeType", "x" * 257),
    "unknown attribute": lambda root: first("ExtrinsicObject")(root).set("titel", "x"),
    "unknown element": lambda root: etree.SubElement(first("ExtrinsicObject")(root), qname(RIM, "Titel")),
    "children out of order": swap,
    "isOpaque that is no boolean": lambda root: first("ExtrinsicObject")(root).set("isOpaque", "oui"),
    "language that is none": lambda root: first("LocalizedString")(root).set(
        "{http://www.w3.org/XML/1998/namespace}lang", "français de France"
    ),
    "no objects": lambda root: [
        element.getparent().remove(element) for element in root.iter(qname(RIM, "RegistryObjectList"))
    ],
    "text between objects": lambda root: setattr(first("RegistryObjectList")(root), "text", "x"),
    "comment on the request": lambda root: root.set("comment", "fine"),
    "empty language": lambda root: first("LocalizedString")(root).set("{http://www.w3.org/XML/1998/namespace}lang", ""),
    "long names that just fit": lambda root: setattr(first("Value")(root), "text", "x" * 256),
    "Document without id": lambda root: [element.attrib.pop("id") for element in root.iter(qname(XDSB, "Document"))],
    "Document that is no base64": lambda root: [
        setattr(element, "text", "%%%") for element in root.iter(qname(XDSB, "Document"))
    ],
}

RESPONSES = {
    "success": f'<r:RegistryResponse xmlns:r="{RS}" status="urn:x"/>',
    "no status": f'<r:RegistryResponse xmlns:r="{RS}"/>',
    "error": f'<r:RegistryResponse xmlns:r="{RS}" status="urn:x"><r:RegistryErrorList>'
    '<r:RegistryError errorCode="a" codeContext="b"/></r:RegistryErrorList></r:RegistryResponse>',
    "error without context": f'<r:RegistryResponse xmlns:r="{RS}" status="urn:x"><r:RegistryErrorList>'
    '<r:RegistryError errorCode="a"/></r:RegistryErrorList></r:RegistryResponse>',
    "empty error list": f'<r:RegistryResponse xmlns:r="{RS}" status="urn:x"><r:RegistryErrorList/></r:RegistryResponse>',
    "query without list": f'<q:AdhocQueryResponse xmlns:q="{QUERY}" status="urn:x"/>',
    "query with list": f'<q:AdhocQueryResponse xmlns:q="{QUERY}" xmlns:m="{RIM}" status="urn:x">'
    '<m:RegistryObjectList><m:ObjectRef id="urn:x"/></m:RegistryObjectList></q:AdhocQueryResponse>',
    "query asked for nothing": f'<q:AdhocQueryRequest xmlns:q="{QUERY}"/>',
    "query of an unknown return type": f'<q:AdhocQueryRequest xmlns:q="{QUERY}" xmlns:m="{RIM}">'
    '<q:ResponseOption returnType="Leaf"/><m:AdhocQuery id="urn:x"/></q:AdhocQueryRequest>',
    "query for whole objects": f'<q:AdhocQueryRequest xmlns:q="{QUERY}" xmlns:m="{RIM}">'
    '<q:ResponseOption returnType="RegistryObject"/><m:AdhocQuery id="urn:x"/></q:AdhocQueryRequest>',
    "retrieval of nothing": f'<x:RetrieveDocumentSetRequest xmlns:x="{XDSB}"/>',
    "retrieval": f'<x:RetrieveDocumentSetRequest xmlns:x="{XDSB}"><x:DocumentRequest><x:RepositoryUniqueId>1</x:RepositoryUniqueId>'
    "<x:DocumentUniqueId>2</x:DocumentUniqueId></x:DocumentRequest></x:RetrieveDocumentSetRequest>",
    "retrieval out of order": f'<x:RetrieveDocumentSetRequest xmlns:x="{XDSB}"><x:DocumentRequest><x:DocumentUniqueId>2'
    "</x:DocumentUniqueId><x:RepositoryUniqueId>1</x:RepositoryUniqueId></x:DocumentRequest></x:RetrieveDocumentSetRequest>",
    "retrieved": f'<x:RetrieveDocumentSetResponse xmlns:x="{XDSB}" xmlns:r="{RS}"><r:RegistryResponse status="urn:x"/>'
    "<x:DocumentResponse><x:RepositoryUniqueId>1</x:RepositoryUniqueId><x:DocumentUniqueId>2</x:DocumentUniqueId>"
    "<x:mimeType>text/xml</x:mimeType><x:Document>AAAA</x:Document></x:DocumentResponse></x:RetrieveDocumentSetResponse>",
    "retrieved without document": f'<x:RetrieveDocumentSetResponse xmlns:x="{XDSB}" xmlns:r="{RS}"><r:RegistryResponse status="urn:x"/>'
    "<x:DocumentResponse><x:RepositoryUniqueId>1</x:RepositoryUniqueId><x:DocumentUniqueId>2</x:DocumentUniqueId>"
    "<x:mimeType>text/xml</x:mimeType></x:DocumentResponse></x:RetrieveDocumentSetResponse>",
    "removal of objects": f'<l:RemoveObjectsRequest xmlns:l="{LCM}" xmlns:m="{RIM}"><m:ObjectRefList><m:ObjectRef id="urn:x"/>'
    '<m:ObjectRef id="urn:y" home="urn:oid:1.2"/></m:ObjectRefList></l:RemoveObjectsRequest>',
    "removal of nothing": f'<l:RemoveObjectsRequest xmlns:l="{LCM}"/>',
    "removal of an object without id": f'<l:RemoveObjectsRequest xmlns:l="{LCM}" xmlns:m="{RIM}"><m:ObjectRefList><m:ObjectRef/>'
    "</m:ObjectRefList></l:RemoveObjectsRequest>",
    "removal by a query in some scope": f'<l:RemoveObjectsRequest xmlns:l="{LCM}" xmlns:m="{RIM}" deletionScope="urn:x">'
    '<m:AdhocQuery id="urn:x"/><m:ObjectRefList/></l:RemoveObjectsRequest>',
    "removal out of order": f'<l:RemoveObjectsRequest xmlns:l="{LCM}" xmlns:m="{RIM}"><m:ObjectRefList/><m:AdhocQuery id="urn:x"/>'
    "</l:RemoveObjectsRequest>",
    "removal of two documents": f'<d:RemoveDocumentsRequest xmlns:d="{RMD}" xmlns:x="{XDSB}">'
    + "<x:DocumentRequest><x:RepositoryUniqueId>1</x:RepositoryUniqueId><x:DocumentUniqueId>2</x:DocumentUniqueId>"
    "</x:DocumentRequest>" * 2 + "</d:RemoveDocumentsRequest>",
    "removal of no document": f'<d:RemoveDocumentsRequest xmlns:d="{RMD}"/>',
}


@needs_papers
@pytest.mark.parametrize("case", list(corpus()))
def test_request_of_the_corpus_is_valid_under_both_schemas(
    genuine: etree.XMLSchema, ours: etree.XMLSchema, case: dict[str, Any]
) -> None:
    request = filled(case)
    assert genuine.validate(request), genuine.error_log
    assert ours.validate(request), ours.error_log


@needs_papers
@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("transaction", ["ITI-41", "ITI-42"])
def test_broken_request_is_judged_alike_by_both_schemas(
    genuine: etree.XMLSchema, ours: etree.XMLSchema, transaction: str, broken: str
) -> None:
    judged = 0
    for parameter in corpus():
        (case,) = parameter.values
        request = filled(case)
        if case["transaction"] != transaction or next(request.iter(qname(RIM, "ExtrinsicObject")), None) is None:
            continue
        BROKEN[broken](request)
        assert genuine.validate(request) == ours.validate(request), (case["id"], genuine.error_log, ours.error_log)
        judged += 1
    assert judged > 2


@needs_papers
@pytest.mark.parametrize("name", RESPONSES)
def test_message_is_judged_alike_by_both_schemas(genuine: etree.XMLSchema, ours: etree.XMLSchema, name: str) -> None:
    message = etree.fromstring(RESPONSES[name])
    assert genuine.validate(message) == ours.validate(message), (genuine.error_log, ours.error_log)


def test_answers_of_the_service_are_valid_under_our_schemas(service: Running, ours: etree.XMLSchema) -> None:
    lot = messages.a_lot()
    answers = [
        service.post("/services/repository", messages.a_provide(lot)),
        service.post("/services/repository", messages.a_provide(messages.with_code(messages.a_lot(), type_code=None))),
        service.post("/services/registry", messages.a_query(messages.unique_id_of(lot))),
        service.post("/services/registry", messages.a_query(fresh_oid())),
        service.post("/services/repository", messages.a_retrieval("1.2.3", fresh_oid())),
    ]
    for status, content_type, body in answers:
        assert status == 200
        ours.assertValid(etree.fromstring(etree.tostring(messages.read(content_type, body).body)))


def operations(endpoint: str) -> dict[str, tuple[str, str, str]]:
    """Of a WSDL: request action → response action, request element, response element."""
    root = etree.parse(OURS / f"{endpoint}.wsdl").getroot()
    elements = {}
    for message in root.iter(qname(WSDL, "message")):
        part = message.find(qname(WSDL, "part"))
        assert part is not None
        prefix, _, local = part.get("element", "").partition(":")
        elements[message.get("name")] = qname(root.nsmap[prefix], local)
    port_type = root.find(qname(WSDL, "portType"))
    assert port_type is not None
    found = {}
    for operation in port_type:
        asked, answered = operation
        names = [elements[one.get("message", "").partition(":")[2]] for one in (asked, answered)]
        found[asked.get(qname(WSAM, "Action"), "")] = (answered.get(qname(WSAM, "Action"), ""), names[0], names[1])
    return found


def test_descriptions_tell_exactly_the_transactions_that_are_served(house: House) -> None:
    for endpoint in house.routes.endpoints:
        served = {
            route.transaction.request_action: (
                route.transaction.response_action,
                route.transaction.request_element,
                route.transaction.response_element,
            )
            for route in house.routes
            if route.transaction.actor == endpoint
        }
        withheld = house.routes.withheld
        assert {action: told for action, told in operations(endpoint).items() if action not in withheld} == served


def asks_for_MTOM(endpoint: str, action: str) -> bool:
    """Whether a policy that applies to the operation of that action, by itself or through its binding, is MTOM's."""
    root = etree.parse(OURS / f"{endpoint}.wsdl").getroot()
    policies = {
        f"#{policy.get(qname(WSU, 'Id'))}": any("OptimizedMimeSerialization" in str(one.tag) for one in policy)
        for policy in root.iterchildren(qname(WSP, "Policy"))
    }
    name = next(one for one in root.iter(qname(WSDL, "input")) if one.get(qname(WSAM, "Action")) == action).getparent()
    binding = root.find(qname(WSDL, "binding"))
    assert name is not None
    assert binding is not None
    operation = next(
        one for one in binding.iterchildren(qname(WSDL, "operation")) if one.get("name") == name.get("name")
    )
    references = [
        one.get("URI", "")
        for level in (binding, operation)
        for one in level.iterchildren(qname(WSP, "PolicyReference"))
    ]
    assert references
    return any(policies[reference] for reference in references)


def test_description_asks_for_MTOM_exactly_where_the_transaction_is(house: House) -> None:
    """[ITI TF-2: V.3.6]"""
    for route in house.routes:
        transaction = route.transaction
        is_mtom = transaction.packaging is Packaging.MTOM
        assert asks_for_MTOM(transaction.actor, transaction.request_action) == is_mtom, transaction.name


def test_address_and_schemas_are_those_of_the_URL_asked() -> None:
    url = 'https://dmp.example.org/si-dmp-server/v2/services/registry"&'
    found = Descriptions().find("registry", "WSDL", url)
    assert found is not None
    root = etree.fromstring(found)
    address = next(root.iter("{http://schemas.xmlsoap.org/wsdl/soap12/}address"))
    assert address.get("location") == url
    locations = [one.get("schemaLocation") for one in root.iter("{http://www.w3.org/2001/XMLSchema}import")]
    assert f"{url}?xsd=query.xsd" in locations


@pytest.mark.parametrize("query", ["xsd=../cli.py", "xsd=", "xsd=registry.wsdl", "other", "xsd=%2e%2e/settings.py"])
def test_only_the_schemas_are_given_out(query: str) -> None:
    assert Descriptions().find("registry", query, "http://x/") is None


class Addressed(Plugin):  # type: ignore[misc]
    """What XDS asks of a request beyond what zeep writes: mustUnderstand on the action, ReplyTo. [ITI TF-2: V.3.2.2]"""

    def egress(self, envelope: Any, headers: Any, operation: Any, options: Any) -> tuple[Any, Any]:
        header = envelope.find(qname(SOAP, "Header"))
        header.find(qname(WSA, "Action")).set(qname(SOAP, "mustUnderstand"), "1")
        reply = etree.SubElement(header, qname(WSA, "ReplyTo"))
        etree.SubElement(reply, qname(WSA, "Address")).text = f"{WSA}/anonymous"
        return envelope, headers


@pytest.mark.parametrize("root", ["/services/", "/si-dmp-server/v2/services/"])
@pytest.mark.parametrize("endpoint", ["registry", "repository", "patients", "gateway"])
def test_zeep_loads_every_description(service: Running, root: str, endpoint: str) -> None:
    client = zeep.Client(f"{service.url}{root}{endpoint}?wsdl")
    (only,) = client.wsdl.services.values()
    (port,) = only.ports.values()
    assert port.binding_options["address"] == f"{service.url}{root}{endpoint}"


def test_zeep_asks_a_stored_query_and_reads_typed_objects(service: Running) -> None:
    """[ITI TF-2: 3.18]"""
    lot = messages.a_lot()
    service.post("/services/repository", messages.a_provide(lot))
    client = zeep.Client(f"{service.url}/services/registry?wsdl", plugins=[Addressed()])
    answer = client.service["DocumentRegistry_RegistryStoredQuery"](
        ResponseOption={"returnType": "LeafClass", "returnComposedObjects": True},
        AdhocQuery={
            "id": messages.GET_DOCUMENTS,
            "Slot": [
                {
                    "name": "$XDSDocumentEntryUniqueId",
                    "ValueList": {"Value": [f"('{messages.unique_id_of(lot)}')"]},
                }
            ],
        },
    )
    assert answer.status.endswith(":Success")
    ((found,),) = (list(one.values()) for one in answer.RegistryObjectList._value_1)
    assert found.mimeType == "text/xml"
    assert {slot.name for slot in found.Slot} >= {"hash", "size", "repositoryUniqueId"}


def test_zeep_retrieves_a_document(service: Running) -> None:
    """[ITI TF-2: 3.43]"""
    lot = messages.a_lot()
    service.post("/services/repository", messages.a_provide(lot))
    client = zeep.Client(f"{service.url}/services/repository?wsdl", plugins=[Addressed()])
    _, content_type, body = service.post("/services/registry", messages.a_query(messages.unique_id_of(lot)))
    entry = next(messages.read(content_type, body).body.iter(qname(RIM, "ExtrinsicObject")))
    slot = next(one for one in entry.iter(qname(RIM, "Slot")) if one.get("name") == "repositoryUniqueId")
    repository = next(slot.iter(qname(RIM, "Value"))).text
    answer = client.service["DocumentRepository_RetrieveDocumentSet"](
        DocumentRequest=[{"RepositoryUniqueId": repository, "DocumentUniqueId": messages.unique_id_of(lot)}]
    )
    assert answer.DocumentResponse[0].Document == messages.DOCUMENT


def test_zeep_asks_the_gateway_and_takes_a_document_home(service: Running) -> None:
    """[ITI TF-2: 3.38, 3.39]"""
    lot = messages.a_lot()
    service.post("/services/repository", messages.a_provide(lot))
    client = zeep.Client(f"{service.url}/services/gateway?wsdl", plugins=[Addressed()])
    slots = {
        "$XDSDocumentEntryPatientId": f"'{lot.submission_set.patient_id}'",
        "$XDSDocumentEntryStatus": f"('{AvailabilityStatus.APPROVED}')",
    }
    answer = client.service["RespondingGateway_CrossGatewayQuery"](
        ResponseOption={"returnType": "LeafClass", "returnComposedObjects": True},
        AdhocQuery={
            "id": "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d",
            "Slot": [{"name": name, "ValueList": {"Value": [value]}} for name, value in slots.items()],
        },
    )
    found = [next(iter(one.values())) for one in answer.RegistryObjectList._value_1]
    (home,) = {one.home for one in found}
    (entry,) = (one for one in found if messages.unique_id_of(lot) in {each.value for each in one.ExternalIdentifier})
    (repository,) = (slot.ValueList.Value[0] for slot in entry.Slot if slot.name == "repositoryUniqueId")
    wanted = {
        "HomeCommunityId": home,
        "RepositoryUniqueId": repository,
        "DocumentUniqueId": messages.unique_id_of(lot),
    }
    (document,) = client.service["RespondingGateway_CrossGatewayRetrieve"](DocumentRequest=[wanted]).DocumentResponse
    assert (document.HomeCommunityId, document.Document) == (home, messages.DOCUMENT)


def test_zeep_feeds_a_patient(service: Running) -> None:
    """[ITI TF-2: 3.44]"""
    client = zeep.Client(f"{service.url}/services/patients?wsdl", plugins=[Addressed()])
    _, body = messages.a_feed("ZEEP-1")
    interaction = next(etree.fromstring(body).iter(qname(HL7, "PRPA_IN201301UV02")))
    answer = client.service["DocumentRegistry_PRPA_IN201301UV02"](_value_1=list(interaction), ITSVersion="XML_1.0")
    told = [one for one in answer._value_1 if one.tag == qname(HL7, "acknowledgement")]
    assert next(told[0].iter(qname(HL7, "typeCode"))).get("code") == "CA"


def test_descriptions_are_complete_as_they_lie_there() -> None:
    for path in OURS.glob("*.wsdl"):
        zeep.Client(str(path))
    for path in OURS.glob("*.xsd"):
        etree.XMLSchema(etree.parse(path))
