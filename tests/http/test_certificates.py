# SPDX-License-Identifier: Apache-2.0
"""conf/client-certificate.conf at work, and the certificates that it refuses."""

import datetime
import socket
import ssl
import time

import pytest
import requests
from lib.server import Server
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from dev import certificates
from dev.httpd import free_port
from test_authentication import ready

REVOKED = 4711
VERSION = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3],
                                  ids=lambda version: version.name)

# With a cache of TLS sessions, as in Debian's ssl.conf.
CONFIGURATION = """
LoadModule socache_shmcb_module "${{GP_MODULES}}/mod_socache_shmcb.so"
SSLSessionCache "shmcb:${{GP_STATE}}/sessions(512000)"
Listen 127.0.0.1:{port}
<VirtualHost 127.0.0.1:{port}>
    ServerName https://127.0.0.1:{port}
    SSLEngine On
    SSLCertificateFile "${{GP_STATE}}/server.crt"
    SSLCertificateKeyFile "${{GP_STATE}}/server.key"
    {ready}
</VirtualHost>
"""


class Issuer:
    """A certificate authority with the key and the name of ca.crt, or with a key of its own."""

    def __init__(self, state, own_key=None):
        self.certificate = x509.load_pem_x509_certificate((state / "ca.crt").read_bytes())
        self.key = own_key or serialization.load_pem_private_key((state / "ca.key").read_bytes(), None)

    def issue(self, folder, name="carol", start=-60, end=3600, usage=ExtendedKeyUsageOID.CLIENT_AUTH, serial=None):
        """The files of a certificate and its key. `start` and `end` in seconds from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.datetime.now(datetime.timezone.utc)
        made = x509.CertificateBuilder(
            issuer_name=self.certificate.subject, public_key=key.public_key(),
            subject_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)] if name else []),
            serial_number=serial or x509.random_serial_number(),
            not_valid_before=now + datetime.timedelta(seconds=start),
            not_valid_after=now + datetime.timedelta(seconds=end),
        ).add_extension(x509.ExtendedKeyUsage([usage]), False).sign(self.key, hashes.SHA256())
        files = folder / "client.crt", folder / "client.key"
        files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
        files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                               serialization.NoEncryption()))
        return tuple(map(str, files))

    def revoke(self, serial, file):
        """Write a revocation list that contains the serial number."""
        now = datetime.datetime.now(datetime.timezone.utc)
        revoked = x509.RevokedCertificateBuilder(serial, now).build()
        crl = x509.CertificateRevocationListBuilder(
            self.certificate.subject, now, now + datetime.timedelta(days=30), revoked_certificates=[revoked])
        file.write_bytes(crl.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


class TLS:
    """A client with or without a certificate, which resumes its session if possible."""

    def __init__(self, gateway, files=None, version=ssl.TLSVersion.TLSv1_3):
        self.address = "127.0.0.1", int(gateway.certificate_url.rpartition(":")[2])
        self.context = ssl.create_default_context(cafile=str(gateway.httpd.ca))
        self.context.maximum_version = version
        if files:
            self.context.load_cert_chain(*files)
        self.session = None

    def status(self, method="GET", path="/me/profile/positions"):
        """The status of a request on a new connection; None if the server closes it."""
        try:
            with self.context.wrap_socket(socket.create_connection(self.address, timeout=60),
                                          server_hostname="127.0.0.1", session=self.session) as tls:
                tls.sendall(f"{method} /certificate{path} HTTP/1.1\r\nHost: 127.0.0.1:{self.address[1]}\r\n"
                            "Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
                            .encode())
                line = tls.makefile("rb").readline()
                self.session = tls.session
                return int(line.split()[1]) if line else None
        except (ssl.SSLError, ConnectionError):
            return None


@pytest.fixture(scope="module")
def running(state, module, sanitizers, sanitizer_reports):
    port = free_port()
    server = Server(state / "certificates", module, sanitizers)
    server.httpd.extra = CONFIGURATION.format(port=port, ready=ready("client-certificate", "/certificate", {
        "/etc/graphprofile/clients-ca.crt": "${GP_STATE}/ca.crt",
        "/etc/graphprofile/clients-ca.crl": "${GP_STATE}/ca.crl"}))
    certificates.make(server.state)
    Issuer(server.state).revoke(REVOKED, server.state / "ca.crl")
    server.certificate_url = f"https://127.0.0.1:{port}"
    with server:
        yield server


@pytest.fixture
def gateway(running):
    running.log.mark()
    yield running
    running.log.check()


def test_client_certificates(gateway, tmp_path):
    def call(method, url, **options):
        with requests.Session() as session:
            session.trust_env, session.verify = False, str(gateway.httpd.ca)
            return session.request(method, url, **options)

    url = f"{gateway.certificate_url}/certificate/me/profile/positions"
    carol = Issuer(gateway.state).issue(tmp_path)
    made = call("POST", url, json={}, cert=carol, headers={"X-Remote-User": "mallory"})
    assert made.status_code == 201
    assert made.json()["createdBy"]["user"] == {"id": "carol", "displayName": "carol"}
    location = made.headers["Location"]
    assert location.startswith(f"{gateway.certificate_url}/certificate/users('carol')")
    assert call("DELETE", location, cert=carol).status_code == 204


BAD_CERTIFICATES = {
    "expired": {"start": -3600, "end": -60}, "not valid yet": {"start": 3600, "end": 7200},
    "revoked": {"serial": REVOKED}, "a server's": {"usage": ExtendedKeyUsageOID.SERVER_AUTH},
    "other authority": {"own_key": ec.generate_private_key(ec.SECP256R1())}, "none": None,
    "without a name": {"name": ""},
}


@VERSION
@pytest.mark.parametrize("options", BAD_CERTIFICATES.values(), ids=BAD_CERTIFICATES)
def test_certificates_that_are_refused(gateway, tmp_path, version, options):
    """Refused in the handshake; a certificate without the name that GraphProfileUser uses identifies no user."""
    files = None
    if options is not None:
        options = {**options}
        files = Issuer(gateway.state, options.pop("own_key", None)).issue(tmp_path, **options)
    client, expected = TLS(gateway, files, version), 401 if options == {"name": ""} else None
    for _ in range(2):
        assert (client.status(), client.status("POST")) == (expected, expected)


@pytest.mark.measures_time
@VERSION
def test_a_certificate_that_expires_after_a_success(gateway, tmp_path, version):
    """A resumable session does not outlive its certificate."""
    client = TLS(gateway, Issuer(gateway.state).issue(tmp_path, end=3), version)
    expiry = time.time() + 3
    assert client.status() == 200
    while client.status() == 200:
        assert time.time() < expiry + 3
        time.sleep(0.2)
    assert [client.status(), client.status("POST")] * 2 == [None] * 4
