"""Servers that are broken in one way each, for tests of what the command says of them; and certificates for them."""
import contextlib
import datetime
import socket
import ssl
import struct
import subprocess
import threading

VERSION = b"8.0.11-TiDB-v8.5.6"
CLIENT_SSL = 0x800
CAPABILITIES = 0x0008_A20D  # what every client asks for: protocol 4.1, plugin authentication, a database …


def packet(sequence, payload):
    return struct.pack("<I", len(payload))[:3] + bytes([sequence]) + payload


def error_packet(sequence, code, state, text):
    return packet(sequence, b"\xff" + struct.pack("<H", code) + b"#" + state.encode() + text.encode())


def greeting(capabilities):
    payload = b"\x0a" + VERSION + b"\0" + struct.pack("<I", 7) + b"12345678" + b"\0"
    payload += struct.pack("<H", capabilities & 0xFFFF) + bytes([46]) + struct.pack("<H", 2)
    payload += struct.pack("<H", capabilities >> 16) + bytes([21]) + b"\0" * 10
    return packet(0, payload + b"123456789012\0" + b"mysql_native_password\0")


def read_exactly(connection, size):
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise ConnectionError
        data += more
    return data


def read_packet(connection):
    header = read_exactly(connection, 4)
    return read_exactly(connection, struct.unpack("<I", header[:3] + b"\0")[0])


def log_in_and_refuse(refusal, tls=None):
    """Greets as a TiDB does, takes TLS if it has some, and refuses the login with `(code, sqlstate, text)`."""
    def talk(connection):
        connection.sendall(greeting(CAPABILITIES | (CLIENT_SSL if tls else 0)))
        sequence = 2
        if tls:
            asked = read_packet(connection)
            if struct.unpack("<I", asked[:4])[0] & CLIENT_SSL:
                connection = tls.wrap_socket(connection, server_side=True)
                sequence = 3
                read_packet(connection)
        else:
            read_packet(connection)
        connection.sendall(error_packet(sequence, *refusal))
    return talk


def say(data):
    """Sends this to whoever connects."""
    return lambda connection: connection.sendall(data)


def stay_silent(connection):
    with contextlib.suppress(OSError):
        connection.recv(1)


@contextlib.contextmanager
def serving(talk):
    """The port of a server on 127.0.0.1 that talks with each connection in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def answer(connection):
            with connection, contextlib.suppress(OSError):
                talk(connection)

        def accept():
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()
        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def black_hole():
    """A port that answers no packet, as behind a firewall: the kernel drops what a full queue cannot take."""
    with socket.socket() as listener, contextlib.ExitStack() as fillers:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            filler = fillers.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@contextlib.contextmanager
def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


class certificates:
    """A CA and what it signs, as files in a folder."""

    def __init__(self, folder):
        self.folder = folder
        self.ca = self._authority("ca")
        self.other_ca = self._authority("other")

    def _openssl(self, *words):
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)

    def _authority(self, name):
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                      "-keyout", f"{name}-key.pem", "-out", f"{name}.pem", "-subj", f"/CN=tidbxx test {name}",
                      "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        return self.folder / f"{name}.pem"

    def server(self, name, hosts="DNS:localhost,IP:127.0.0.1", begins=-1, ends=30, wants_client=False):
        """A server's TLS with a certificate for these hosts, valid from and to so many days from now."""
        today = datetime.datetime.now(datetime.timezone.utc)
        begin, end = ((today + datetime.timedelta(days=days)).strftime("%Y%m%d%H%M%SZ") for days in (begins, ends))
        made = self.folder / name
        made.mkdir()
        (made / "index.txt").touch()
        (made / "serial").write_text("01\n")
        (made / "openssl.cnf").write_text(
            f"[ca]\ndefault_ca = one\n[one]\ndatabase = {made}/index.txt\nserial = {made}/serial\n"
            f"new_certs_dir = {made}\ndefault_md = sha256\npolicy = any\nunique_subject = no\n"
            f"[any]\ncommonName = supplied\n[server]\nsubjectAltName = {hosts}\nextendedKeyUsage = serverAuth\n")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                      "-keyout", f"{made}/key.pem", "-out", f"{made}/request.pem", "-subj", f"/CN={name}")
        self._openssl("ca", "-batch", "-notext", "-config", f"{made}/openssl.cnf", "-extensions", "server",
                      "-cert", "ca.pem", "-keyfile", "ca-key.pem", "-startdate", begin, "-enddate", end,
                      "-in", f"{made}/request.pem", "-out", f"{made}/cert.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(made / "cert.pem", made / "key.pem")
        if wants_client:
            context.maximum_version = ssl.TLSVersion.TLSv1_2  # where the handshake itself fails without one
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.ca)
        return context
