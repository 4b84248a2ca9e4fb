# SPDX-License-Identifier: Apache-2.0
"""Bearer tokens like those of Microsoft Entra ID, signed with a private key.

The key is created at the first use and stays in the state folder. httpd gets its certificate.
"""

import secrets
import subprocess
import time
import uuid
from pathlib import Path

import jwt
from jwt.algorithms import has_crypto

if not has_crypto:  # PyJWT cannot sign without it, and fails only at the call
    raise ModuleNotFoundError("PyJWT needs it to sign tokens", name="cryptography")

AUDIENCE = "https://graph.example.test"
ISSUER = "https://login.example.test/v2.0"
APPLICATION = "00000003-0000-0000-c000-000000000000"
KEY_ID = "graphprofile"


def make_keys(state: Path) -> None:
    """Make the signing key and its certificate if they are missing."""
    state.mkdir(parents=True, exist_ok=True)
    if (state / "token.crt").exists():
        return
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650",
         "-subj", "/CN=graphprofile development", "-keyout", "token.key", "-out", "token.new"],
        cwd=state, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (state / "token.new").rename(state / "token.crt")


def mint(state: Path, user: str, name: str = "", scopes: str = "User.ReadWrite", roles: str = "",
         ttl: int = 3600, key: str = "", algorithm: str = "RS256", kid: str = KEY_ID,
         **claims) -> str:
    """Return a token. `claims` adds or replaces claims; None removes one."""
    now = int(time.time())
    payload = {
        "iss": ISSUER, "aud": AUDIENCE, "iat": now, "nbf": now, "exp": now + ttl,
        "sub": user, "oid": user, "upn": user, "name": name or user,
        "appid": APPLICATION, "tid": str(uuid.uuid5(uuid.NAMESPACE_URL, ISSUER)),
        "jti": secrets.token_hex(8),
    }
    if scopes:
        payload["scp"] = scopes
    if roles:
        payload["roles"] = roles.split()
        payload["idtyp"] = "user" if scopes else "app"
    payload.update(claims)
    payload = {claim: value for claim, value in payload.items() if value is not None}
    if algorithm == "none":
        key = None
    elif not key:
        key = (state / "token.key").read_text()
    return jwt.encode(payload, key, algorithm=algorithm, headers={"kid": kid})
