"""A local certificate authority, so that a machine without one can speak TLS from the first minute.

Browsers give their cryptography to secure pages only, and published clients hard-code https. The authority signs
nothing but server certificates for the names it was made for; its key stays in the data folder.
"""

import os
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LIFE = timedelta(days=3650)
# Clients refuse server certificates that live longer than 398 days.
CERTIFICATE_LIFE = timedelta(days=397)
RENEW_BEFORE = timedelta(days=30)


def ensure_certificate(folder: Path, names: list[str]) -> tuple[Path, Path]:
    """The paths of a certificate chain and its key for `names`, made or renewed where needed.

    `folder` also gets `ca.crt`, which clients are told to trust (`--ca`), and `ca.key`.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    chain, key = folder / "server.crt", folder / "server.key"
    if not _serves(chain, names):
        authority, authority_key = _ensure_authority(folder)
        _issue(chain, key, names, authority, authority_key)
    return chain, key


def expires(path: Path) -> datetime:
    """When the first certificate in a PEM file ends. Raises `ValueError` where there is none."""
    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc


def names_of(path: Path) -> list[str]:
    """The DNS names and addresses that the first certificate in a PEM file is for."""
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = [str(address) for address in alternative.get_values_for_type(x509.IPAddress)]
    return alternative.get_values_for_type(x509.DNSName) + addresses


def _serves(chain: Path, names: list[str]) -> bool:
    if not chain.exists():
        return False
    return set(names) <= set(names_of(chain)) and expires(chain) - datetime.now(UTC) > RENEW_BEFORE


def _ensure_authority(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    certificate_path, key_path = folder / "ca.crt", folder / "ca.key"
    if certificate_path.exists() and key_path.exists():
        key = serialization.load_pem_private_key(key_path.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{key_path}: not a key that Trunkline made")
        return x509.load_pem_x509_certificate(certificate_path.read_bytes()), key
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, f"Trunkline local authority ({os.uname().nodename})")]
    )
    builder = _builder(name, name, key, AUTHORITY_LIFE)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
    certificate = builder.sign(key, hashes.SHA256())
    _write(key_path, _pem(key), mode=0o600)
    _write(certificate_path, certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)
    return certificate, key


def _issue(
    chain: Path,
    key_path: Path,
    names: list[str],
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    builder = _builder(subject, authority.subject, key, CERTIFICATE_LIFE)
    alternative = x509.SubjectAlternativeName([_general_name(name) for name in names])
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    builder = builder.add_extension(alternative, critical=False)
    builder = builder.add_extension(issuer_key, critical=False)
    certificate = builder.sign(authority_key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    _write(key_path, _pem(key), mode=0o600)
    _write(chain, certificate.public_bytes(pem) + authority.public_bytes(pem), mode=0o644)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, life: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Machines on one desk differ by minutes.
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, data: bytes, mode: int) -> None:
    """Whole or not at all, and never readable by others for a moment."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
        os.fsync(file.fileno())
    temporary.replace(path)
