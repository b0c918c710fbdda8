"""What the audit trail knows of each row of an account's configuration: the object it belongs to, and its elements.

Asked by the verbs that write the trail and by the checker that compares it with the rows; nothing secret is among it.
"""

from typing import Any

from trunkline.platform.audit.entries import Subject

PUBLIC_KEY = Subject("publicKey", "encryption", "Public key")
PASSWORD_RULES = Subject("passwordRules", "passwords", "Password rules")


def of_account(row: Any) -> dict[str, Any]:
    return {"name": row.name, "timeZone": row.time_zone}


def of_data_type(row: Any) -> dict[str, Any]:
    return {
        "switchedOn": row.switched_on,
        "heartbeats": row.heartbeats,
        "inactivityMinutes": row.inactivity_minutes,
        "maximumHours": row.maximum_hours,
        "dropLate": row.drop_late,
        "schemaVersion": row.schema_version,
    }


def of_public_key(row: Any) -> dict[str, Any]:
    return {
        "fingerprint": row.fingerprint,
        "userIds": row.user_ids,
        "algorithm": row.algorithm,
        "expires": row.expires,
    }


def of_password_rules(row: Any) -> dict[str, Any]:
    return {
        "minLength": row.min_length,
        "strength": row.strength,
        "history": row.history,
        "expiryDays": row.expiry_days,
    }


def of_api_key(row: Any) -> dict[str, Any]:
    return _of_key(row) | {"appKey": row.app_key}


def of_write_key(row: Any) -> dict[str, Any]:
    return _of_key(row) | {"origins": row.origins}


def of_credential(row: Any) -> dict[str, Any]:
    return {"password": secret(row.fingerprint)}


def of_second_factor(row: Any) -> dict[str, Any]:
    return {"secondFactor": secret(row.fingerprint)}


def secret(fingerprint: str) -> dict[str, str]:
    """How the trail shows a secret: never in clear."""
    return {"secret": fingerprint}


def _of_key(row: Any) -> dict[str, Any]:
    return {"name": row.name, "permissions": row.permissions, "revoked": row.revoked is not None}
