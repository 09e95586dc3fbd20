"""TLS of the door, of the registry link and of the audit trail: 1.2 and 1.3, nothing older. [ITI TF-2: 3.19]

The verified client certificate reaches a request by its connection, see ``Peer``.
"""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import TypedDict

from server.settings import Settings, SettingsError

_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES256+SHA384"
"""TLS 1.2 suites: forward secrecy; the last one because the DMP's published list has ECDHE-RSA-AES256-CBC-SHA384 for older clients."""


class Peer(TypedDict):
    """What the handshake established. ``client_cert_der`` is None when no client certificate was demanded."""

    client_cert_der: bytes | None
    tls_version: str
    cipher: str


def server_context(settings: Settings) -> ssl.SSLContext | None:
    """The context of the listening socket, None without TLS. Raises SettingsError when certificate, key or CA cannot be used."""
    if settings.tls_cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _restrict(context)
    _load_own(context, settings)
    if settings.tls_client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        _load_authority(context, settings.tls_client_ca)
    return context


def client_context(settings: Settings) -> ssl.SSLContext:
    """The context of ITI-42 to a registry elsewhere. Raises SettingsError.

    The registry is checked against the community's CA where one is set, else against the system's; our own certificate is shown.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _restrict(context)
    if settings.tls_client_ca is not None:
        _load_authority(context, settings.tls_client_ca)
    else:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if settings.tls_cert is not None:
        _load_own(context, settings)
    return context


def audit_context(settings: Settings) -> ssl.SSLContext:
    """The context of syslog to the audit repository. Raises SettingsError. [ITI TF-2: 3.20.6.1; RFC 5425]

    It is checked against its own CA where one is set, else as a registry is.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _restrict(context, protocol=None)
    authority = settings.audit_ca or settings.tls_client_ca
    if authority is not None:
        _load_authority(context, authority, "COFFRE_AUDIT_CA" if settings.audit_ca else "COFFRE_TLS_CLIENT_CA")
    else:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if settings.audit_cert is not None:
        _load_pair(context, settings.audit_cert, settings.audit_key, "COFFRE_AUDIT")
    elif settings.tls_cert is not None:
        _load_own(context, settings)
    return context


def find_peer(transport: asyncio.BaseTransport) -> Peer | None:
    """The other side of a connection, None when it is not TLS."""
    tls = transport.get_extra_info("ssl_object")
    if tls is None:
        return None
    cipher = tls.cipher()
    return Peer(
        client_cert_der=tls.getpeercert(binary_form=True),
        tls_version=tls.version() or "",
        cipher=cipher[0] if cipher else "",
    )


def _restrict(context: ssl.SSLContext, protocol: str | None = "http/1.1") -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    # Compression and renegotiation have only ever helped attackers.
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    if protocol is not None:
        context.set_alpn_protocols([protocol])


def _load_own(context: ssl.SSLContext, settings: Settings) -> None:
    assert settings.tls_cert is not None
    _load_pair(context, settings.tls_cert, settings.tls_key, "COFFRE_TLS")


def _load_pair(context: ssl.SSLContext, certificate: Path, key: Path | None, name: str) -> None:
    try:
        context.load_cert_chain(certificate, key, password=lambda: "")
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"{name}_CERT {certificate} and {name}_KEY {key} cannot be used "
            f"({error.strerror or error}); give a PEM chain and its PEM key without password."
        ) from error


def _load_authority(context: ssl.SSLContext, path: Path, name: str = "COFFRE_TLS_CLIENT_CA") -> None:
    try:
        context.load_verify_locations(cafile=path)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"{name} {path} cannot be used ({error}); give PEM certificates.") from error
