"""Debian's slapd as a process of the test's own, with TLS by an authority of its own."""

import ipaddress
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

BASE = "dc=tea,dc=example"
SERVICE_DN, SERVICE_PASSWORD = f"cn=kongming,{BASE}", "service-password"
CONFIGURATION = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
database mdb
suffix "dc=tea,dc=example"
rootdn "cn=kongming,dc=tea,dc=example"
rootpw service-password
directory {folder}/data
"""
PEOPLE = f"""
dn: {BASE}
objectClass: dcObject
objectClass: organization
o: Tea House
dc: tea

dn: ou=people,{BASE}
objectClass: organizationalUnit
ou: people

dn: ou=groups,{BASE}
objectClass: organizationalUnit
ou: groups

dn: uid=zoe,ou=people,{BASE}
objectClass: inetOrgPerson
uid: zoe
cn: Zoe Zhang
sn: Zhang
mail: zoe@tea.example
userPassword: zoes-password

dn: uid=alice,ou=people,{BASE}
objectClass: inetOrgPerson
uid: alice
cn: Alice
sn: Alice
mail: alice@tea.example
userPassword: directory-password

dn: uid=twin1,ou=people,{BASE}
objectClass: inetOrgPerson
uid: twin1
cn: Twin
sn: Twin
mail: twins@tea.example
userPassword: twins-password

dn: uid=twin2,ou=people,{BASE}
objectClass: inetOrgPerson
uid: twin2
cn: Twin
sn: Twin
mail: twins@tea.example
userPassword: twins-password

dn: cn=staff,ou=groups,{BASE}
objectClass: groupOfNames
cn: staff
member: uid=zoe,ou=people,{BASE}
member: uid=twin1,ou=people,{BASE}

dn: cn=night shift,ou=groups,{BASE}
objectClass: groupOfNames
cn: night shift
member: uid=zoe,ou=people,{BASE}
"""


@dataclass(frozen=True)
class Slapd:
    plain_port: int
    tls_port: int
    ca_file: Path


@contextmanager
def running_slapd(folder: Path) -> Iterator[Slapd]:
    slapd = shutil.which("slapd", path="/usr/sbin:/usr/bin")
    if slapd is None:
        pytest.skip("NO SLAPD: apt-get install slapd")
    make_certificate(folder)
    (folder / "data").mkdir()
    (folder / "slapd.conf").write_text(CONFIGURATION.format(folder=folder))
    (folder / "people.ldif").write_text(PEOPLE.strip() + "\n")
    add = [slapd.replace("slapd", "slapadd"), "-q", "-f", "slapd.conf", "-l", "people.ldif"]
    subprocess.run(add, cwd=folder, check=True, capture_output=True)
    server = Slapd(free_port(), free_port(), folder / "server.pem")
    addresses = f"ldap://127.0.0.1:{server.plain_port} ldaps://127.0.0.1:{server.tls_port}"
    with subprocess.Popen(
        [slapd, "-f", "slapd.conf", "-h", addresses, "-d", "0"], cwd=folder, stderr=subprocess.DEVNULL
    ) as process:
        deadline = time.monotonic() + 20
        while not listens(server.tls_port):
            assert process.poll() is None, "slapd ended"
            assert time.monotonic() < deadline, "slapd does not listen"
            time.sleep(0.02)
        yield server
        process.terminate()


def make_certificate(folder: Path) -> None:
    """Of a server that is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    (folder / "server.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.key").write_bytes(private)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
