"""The file systems on which a journal in a file is refused."""

import re
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
_NETWORK = re.compile(
    r"nfs\d?|cifs|smb\w*|9p|afs|ceph|glusterfs|lustre|beegfs|gpfs|ocfs2|gfs2|ncpfs|coda|davfs"
    r"|vboxsf|virtiofs|fuse(?:\..*)?"
)
_LAYERED = re.compile(r"overlay|aufs|unionfs")


def refusal(path: Path) -> str | None:
    """Return why a journal at a path would not be safe, or None if it would, or on other systems.

    A network does not keep locks and shared memory as SQLite needs them. A layered file system is
    the one of a container: what is written there ends with the container.
    """
    found = _kind(path.resolve())
    if _NETWORK.fullmatch(found):
        advice = "use a local disk, or PostgresJournal for several machines"
        return f"expected a local disk, got the network or shared file system {found}; {advice}"
    if _LAYERED.fullmatch(found):
        advice = "mount a volume and put the journal there"
        return f"expected a disk, got the {found} of a container, which ends with it; {advice}"
    return None


def _kind(path: Path) -> str:
    """Return the type of the file system on which a path is; empty if it cannot be found."""
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    best, kind = -1, ""
    for line in lines:
        mount, _, source = line.partition(" - ")
        point = Path(_unescaped(mount.split(" ")[4]))
        if path.is_relative_to(point) and len(point.parts) >= best:  # the last one hides others
            best, kind = len(point.parts), source.split(" ")[0]
    return kind


def _unescaped(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
