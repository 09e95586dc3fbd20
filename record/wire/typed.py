"""The types of the DMP's typed services: spyne's, with its reading and writing and the schema it makes of them. [decision 3]

Envelope, addressing and assertion are not spyne's business here, and a service that serves none of this never loads it. Of
setAuthorization, ``nationalId`` and ``nationalIdType`` are our own: whom a patient allows or blocks.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from lxml import etree
from lxml.etree import _Element

from safexml import parser
from safexml.namespaces import DMP_AUTHORISATIONS, DMP_PATIENTS, XS, qname
from xds.wire import expect


class Services(NamedTuple):
    """What spyne knows of the services: its protocol, the classes of messages by operation, of answers' parts by name, the schemas."""

    protocol: Any
    requests: Mapping[str, Any]
    answers: Mapping[str, Any]
    parts: Mapping[str, Any]
    schemas: Mapping[str, bytes]


@cache
def services() -> Services:
    """Builds the services; a tenth of a second, once."""
    from ins import spyne_compat as spyne

    text = spyne.Unicode.customize(nillable=False)
    flag = spyne.Boolean.customize(nillable=False, min_occurs=1)

    def model(name: str, namespace: str, **fields: Any) -> Any:
        return type(
            name,
            (spyne.ComplexModel,),
            {"__namespace__": namespace, "__type_name__": name, "_type_info": list(fields.items())},
        )

    def one_of(name: str, namespace: str, *values: str, **more: Any) -> Any:
        kind = spyne.Unicode(values=list(values), type_name=name, nillable=False, **more)
        kind.__namespace__ = namespace
        return kind

    def many(kind: Any) -> Any:
        return kind.customize(min_occurs=0, max_occurs="unbounded", nillable=False)

    def one(kind: Any) -> Any:
        return kind.customize(nillable=False)

    mode = one_of("modeType", DMP_AUTHORISATIONS, "ACTIVE", "INTERDITE", "TOUTE")
    role = one_of("roleType", DMP_AUTHORISATIONS, "MEDECIN_TRAITANT")
    rights = one_of("roleType", DMP_AUTHORISATIONS, "MEDECIN_TRAITANT", max_occurs="unbounded")
    action = one_of("actionType", DMP_AUTHORISATIONS, "AJOUT", "SUPPRESSION")
    date_type = one_of("dateTypeEnum", DMP_PATIENTS, "LASTAUTORIZATION", "LASTDOC")
    status = model("WebServiceResponse", DMP_AUTHORISATIONS, status=text, context=text)
    grant = model(
        "AuthorizationByPatient",
        DMP_AUTHORISATIONS,
        nationalId=text,
        nationalIdType=text,
        firstName=text,
        lastName=text,
        codeSpeciality=many(text),
        libSpeciality=many(text),
        startOfAuthorization=text,
        lastActionDate=text,
        mode=mode,
        specificRight=rights,
    )
    grants = model(
        "AuthorizationByPatientResponse",
        DMP_AUTHORISATIONS,
        listOfAuthorizationByPatient=many(grant),
        status=text,
        context=text,
    )
    identifier = model("PatientIdentifierListData", DMP_PATIENTS, nationalId=text, nationalIdType=text)
    patient = model(
        "PatientListData",
        DMP_PATIENTS,
        patientIdentifier=many(identifier),
        lastName=text,
        patronymicalName=text,
        firstName=text,
        civility=text,
        dateOfBirth=text,
        MT=flag,
        message=flag,
        lastAccessDate=text,
        lastUpdateDate=text,
        lastAddDate=text,
    )
    patients = model("PatientListDataResponse", DMP_PATIENTS, patientlistData=many(patient), status=text, context=text)

    class HabilitationsEndPoint(spyne.Service):  # type: ignore[misc]
        @spyne.rpc(action, role, text, text, _returns=one(status), _out_variable_name="output")
        def setAuthorization(ctx, action, role, nationalId, nationalIdType):  # type: ignore[no-untyped-def]
            """Its signature is the operation; what it does is done by the actor."""

        @spyne.rpc(mode, _returns=one(grants), _out_variable_name="output")
        def listAuthorizationByPatient(ctx, mode):  # type: ignore[no-untyped-def]
            """Likewise."""

    class PatientSpecificEndPoint(spyne.Service):  # type: ignore[misc]
        @spyne.rpc(text, date_type, text, _returns=one(patients), _out_variable_name="output")
        def patientList(ctx, startDate, dateType, psOwnerId):  # type: ignore[no-untyped-def]
            """Likewise."""

    protocol = spyne.Soap12()
    # What a message is, is told by its place; a type that it claims for itself would have spyne look for a service of ours.
    protocol.parse_xsi_type = False
    operations: dict[str, Any] = {}
    schemas: dict[str, bytes] = {}
    for service, namespace in ((HabilitationsEndPoint, DMP_AUTHORISATIONS), (PatientSpecificEndPoint, DMP_PATIENTS)):
        application = spyne.Application(
            [service], tns=namespace, name=service.__name__, in_protocol=spyne.Soap12(), out_protocol=spyne.Soap12()
        )
        operations |= service.public_methods
        schemas[namespace] = _schema(spyne.WsgiApplication(application))
    parts = {"setAuthorization": status, "grant": grant, "grants": grants}
    parts |= {"patient": patient, "patients": patients, "identifier": identifier}
    return Services(
        protocol,
        {name: operation.in_message for name, operation in operations.items()},
        {name: operation.out_message for name, operation in operations.items()},
        parts,
        schemas,
    )


def schema_of(namespace: str) -> bytes:
    """The schema that spyne makes of the types of a service; what ``server/wsdl`` serves is this."""
    return services().schemas[namespace]


def read(element: _Element, namespace: str, operation: str) -> Any:
    """Reads what spyne knows of a body; a value that is none of the type's is for the judge. Raises WrongBody."""
    expect(element, qname(namespace, operation))
    known = services()
    told = known.protocol.from_element(None, known.requests[operation], element)
    return told if told is not None else known.requests[operation]()


def write(namespace: str, operation: str, output: Any) -> list[bytes]:
    """An answer around what the operation gives."""
    known = services()
    parent = etree.Element("answer")
    answer = known.answers[operation](output=output)
    known.protocol.to_parent(None, known.answers[operation], answer, parent, namespace)
    return [etree.tostring(parent[0], encoding="UTF-8", xml_declaration=False)]


def _schema(site: Any) -> bytes:
    """The one schema of spyne's description of a service. [WSDL 1.1: 2.2]"""
    description = site.doc.wsdl11
    description.build_interface_document("")
    root = parser.parse(description.get_interface_document())
    schema = next(root.iter(qname(XS, "schema")))
    alone = etree.Element(qname(XS, "schema"), nsmap={"xs": XS, "tns": schema.get("targetNamespace", "")})
    alone.attrib.update(schema.attrib)
    # Spyne keeps types in sets: their order is another every time, and means nothing.
    alone.extend(sorted(schema, key=lambda child: (str(child.tag), child.get("name", ""))))
    etree.indent(alone)
    return etree.tostring(alone, encoding="UTF-8", xml_declaration=True) + b"\n"
