"""The official Python SDK carries out calls of calls.mjs: one JSON object a line on stdin, one
result a line on stdout. Started by python_sdk.mjs.

Without input it says which methods the SDK has, and which of them are tried.
"""

import io
import json
import sys
import time

from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError
from azure.messaging.webpubsubservice import WebPubSubServiceClient

TYPES = {"text": "text/plain", "json": "application/json", "binary": "application/octet-stream"}
HEADERS = {"contentType": "content-type", "errorCode": "x-ms-error-code",
           "authenticate": "www-authenticate", "retryAfter": "retry-after",
           "outcome": "x-awpsd-outcome"}


def given(call, **names):
    """Keyword arguments for what the call has: name of the SDK = name of the call."""
    return {ours: call[theirs] for ours, theirs in names.items() if theirs in call}


def message(call):
    data = io.BytesIO(bytes(call["data"])) if call["dataType"] == "binary" else call["data"]
    # The SDK has no argument for the time to live; what it does not know goes by the query.
    return {"message": data, "content_type": TYPES[call["dataType"]],
            "params": given(call, messageTtlSeconds="messageTtlSeconds")}


def narrowed(call):
    return given(call, excluded="excluded", filter="filter")


def close_options(call):
    return given(call, excluded="excluded", reason="reason")


def permission(call):
    return {"permission": call["permission"], "connection_id": call["connectionId"],
            **given(call, target_name="targetName")}


# The call's name -> (the SDK's name, its arguments).
METHODS = {
    "sendToAll": ("send_to_all", lambda c: {**message(c), **narrowed(c)}),
    "sendToUser": ("send_to_user", lambda c: {"user_id": c["userId"], **message(c), **narrowed(c)}),
    "sendToGroup": ("send_to_group", lambda c: {"group": c["group"], **message(c), **narrowed(c)}),
    "sendToConnection": ("send_to_connection",
                         lambda c: {"connection_id": c["connectionId"], **message(c)}),
    "addUserToGroup": ("add_user_to_group",
                       lambda c: {"group": c["group"], "user_id": c["userId"]}),
    "removeUserFromGroup": ("remove_user_from_group",
                            lambda c: {"group": c["group"], "user_id": c["userId"]}),
    "removeUserFromAllGroups": ("remove_user_from_all_groups",
                                lambda c: {"user_id": c["userId"]}),
    "addConnectionToGroup": ("add_connection_to_group",
                             lambda c: {"group": c["group"], "connection_id": c["connectionId"]}),
    "removeConnectionFromGroup": ("remove_connection_from_group",
                                  lambda c: {"group": c["group"],
                                             "connection_id": c["connectionId"]}),
    "removeConnectionFromAllGroups": ("remove_connection_from_all_groups",
                                      lambda c: {"connection_id": c["connectionId"]}),
    "closeConnection": ("close_connection", lambda c: {"connection_id": c["connectionId"],
                                                       **given(c, reason="reason")}),
    "closeAllConnections": ("close_all_connections", close_options),
    "closeUserConnections": ("close_user_connections",
                             lambda c: {"user_id": c["userId"], **close_options(c)}),
    "closeGroupConnections": ("close_group_connections",
                              lambda c: {"group": c["group"], **close_options(c)}),
    "grantPermission": ("grant_permission", permission),
    "revokePermission": ("revoke_permission", permission),
    "hasPermission": ("has_permission", permission),
    "connectionExists": ("connection_exists", lambda c: {"connection_id": c["connectionId"]}),
    "userExists": ("user_exists", lambda c: {"user_id": c["userId"]}),
    "groupExists": ("group_exists", lambda c: {"group": c["group"]}),
    "listConnections": ("list_connections", lambda c: {"group": c["group"], **given(c, top="top")}),
    "getClientAccessToken": ("get_client_access_token",
                             lambda c: given(c, user_id="userId", roles="roles")),
}
# What is no call of the service: the client's own life, and requests that a program makes itself.
NO_CALLS = {"close", "from_connection_string", "send_request"}


class Identity:
    """An Entra identity whose token is given."""

    def __init__(self, token):
        self.token = token

    def get_token(self, *_scopes, **_options):
        return AccessToken(self.token, int(time.time()) + 3600)


def client_of(side, is_entra):
    options = {"retry_total": 0, "connection_verify": side.get("caPath", True)}
    if side.get("proxy"):
        options["reverse_proxy_endpoint"] = side["proxy"]
    if is_entra:
        return WebPubSubServiceClient(side["endpoint"], side["hub"], Identity(side["entraToken"]),
                                      **options)
    return WebPubSubServiceClient.from_connection_string(side["connectionString"], side["hub"],
                                                         **options)


def answer_of(pipeline_response):
    response = pipeline_response.http_response
    headers = {name: response.headers.get(header) for name, header in HEADERS.items()}
    is_head = response.request.method == "HEAD"
    return {"status": response.status_code, "body": "" if is_head else response.text(),
            **{name: value for name, value in headers.items() if value is not None}}


def plain(value):
    """What a program has, as JSON."""
    if value is None or isinstance(value, (bool, str, dict)):
        return value
    return [{"connectionId": each.connection_id, "userId": each.user_id} for each in value]


def carried_out(client, call):
    answers = []
    name, arguments = METHODS[call["method"]]
    hook = lambda response: answers.append(answer_of(response))
    try:
        value = getattr(client, name)(**arguments(call), raw_response_hook=hook)
        return {"value": plain(value), "answers": answers}
    except HttpResponseError as error:
        seen = {"type": type(error).__name__, "statusCode": error.status_code,
                "reason": error.reason, "message": error.message,
                "code": error.error.code if error.error else None}
        return {"error": seen, "answers": answers}


def main():
    clients = {}
    for line in sys.stdin:
        asked = json.loads(line)
        side, call = asked["side"], asked["call"]
        key = (side["endpoint"], side.get("proxy"), call.get("isEntra", False))
        if key not in clients:
            clients[key] = client_of(side, call.get("isEntra", False))
        print(json.dumps(carried_out(clients[key], call)), flush=True)


def methods():
    """{"all": of the SDK, "tried": of the table}"""
    every = {name for name in dir(WebPubSubServiceClient) if not name.startswith("_")}
    return {"all": sorted(every - NO_CALLS), "tried": sorted(name for name, _ in METHODS.values())}


if __name__ == "__main__":
    if sys.argv[1:] == ["--methods"]:
        print(json.dumps(methods()))
    else:
        main()
