"""Private database servers of ./run --regions: own folder, own port, loopback only, a password, never as root."""
import hashlib
import os
import pathlib
import pwd
import secrets
import shutil
import subprocess

DURABLE_ELSEWHERE = pathlib.Path("/var/lib")


def user_of(name):
    """Whom the server runs as: nobody else than ourselves, unless we are root."""
    return pwd.getpwnam(name) if os.geteuid() == 0 else None


def reachable(folder, user):
    """Whether that user can come into the folder through all of its parents."""
    if user is None:
        return True
    probe = subprocess.run(["test", "-x", folder], user=user.pw_uid, group=user.pw_gid, extra_groups=[], check=False)
    return probe.returncode == 0


def own_folder(data, engine, user):
    """The server's folder: under `data`, or, when that lies where only root comes, under /var/lib, tied to `data`."""
    folder = data / engine
    folder.mkdir(exist_ok=True)
    if not reachable(folder, user):
        tie = data / "elsewhere"
        if not tie.exists():
            tie.write_text(secrets.token_hex(6))
        folder = DURABLE_ELSEWHERE / f"cardea-regions-{tie.read_text().strip()}" / engine
        folder.mkdir(parents=True, exist_ok=True)
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    folder.chmod(0o700)
    return folder


def password_of(folder):
    """Kept beside the data, so that a later run opens the same database."""
    file = folder / "password"
    if not file.exists():
        write_private(file, secrets.token_hex(24))
    return file.read_text().strip()


def write_private(file, text, user=None):
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
    if user is not None:
        os.chown(file, user.pw_uid, user.pw_gid)


class Server:
    """A server that is prepared: what to run, as whom, and where a cell finds its database."""

    def __init__(self, command, user, folder, url, goodbye):
        self.command, self.user, self.folder, self.url, self.goodbye = command, user, folder, url, goodbye


def postgresql(data, port):
    programs = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda bin: int(bin.parent.name))
    user = user_of("postgres")
    folder = own_folder(data, "postgresql", user)
    password = password_of(folder)
    as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    made = folder / "data"
    if not (made / "made").exists():
        shutil.rmtree(made, ignore_errors=True)
        hint = folder / "initial"
        write_private(hint, password + "\n", user)
        quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": "/", **as_user}
        subprocess.run([programs / "initdb", "-A", "scram-sha-256", "-U", "cardea", f"--pwfile={hint}", "-E", "UTF8",
                        "--no-locale", "-D", made], **quiet)
        hint.unlink()
        subprocess.run([programs / "postgres", "--single", "-D", made, "postgres"], input=b"CREATE DATABASE cardea\n",
                       stderr=subprocess.DEVNULL, **quiet)
        (made / "made").touch()
    command = [programs / "postgres", "-D", made, "-h", "127.0.0.1", "-p", str(port), "-c", "unix_socket_directories="]
    url = f"postgresql://cardea:{password}@127.0.0.1:{port}/cardea?sslmode=disable"
    return Server(command, user, folder, url, "SIGINT")


def mariadb(data, port):
    user = user_of("mysql")
    folder = own_folder(data, "mariadb", user)
    password = password_of(folder)
    as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    made = folder / "data"
    if not (folder / "made").exists():
        shutil.rmtree(made, ignore_errors=True)
        subprocess.run(["mariadb-install-db", "--no-defaults", f"--datadir={made}", f"--tmpdir={folder}", "--skip-test-db"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **as_user)
        (folder / "made").touch()
    first = folder / "at-start.sql"
    write_private(first, f"CREATE DATABASE IF NOT EXISTS cardea;\nCREATE USER IF NOT EXISTS cardea@'127.0.0.1' IDENTIFIED BY '{password}';\n"
                         "GRANT ALL ON cardea.* TO cardea@'127.0.0.1';\n", user)
    # The path of a socket has a short limit, whatever the folder is called.
    socket = f"/tmp/cardea-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}.sock"
    command = ["/usr/sbin/mariadbd", "--no-defaults", f"--datadir={made}", f"--tmpdir={folder}", f"--init-file={first}",
               "--bind-address=127.0.0.1", f"--port={port}", f"--socket={socket}", "--skip-name-resolve",
               f"--pid-file={folder / 'pid'}"]
    return Server(command, user, folder, f"mysql://cardea:{password}@127.0.0.1:{port}/cardea", "SIGTERM")
