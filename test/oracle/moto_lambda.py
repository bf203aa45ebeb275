"""moto runs functions in Docker only. Here a node of this machine runs the inline ones, with the real AWS SDK."""

import io
import json
import os
import subprocess
import sys
import threading
import time
import zipfile

from moto.awslambda.models import LambdaFunction
from moto.cloudformation.models import Stack, cloudformation_backends
from moto.core.responses import ActionResult
from moto.ec2.responses import EC2Response
from moto.iam.models import iam_backends

RUNTIME = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lambda-runtime.cjs")
LONGEST_SECONDS = 60


def run_function(url):
    def invoke(self, body, _request_headers, _response_headers):
        event = json.loads(body or "{}")
        stack = event.get("StackId") and self_stack(self, event["StackId"])
        if stack:
            # Its answer is looked up among the resources of the stack: they have to be there.
            stack.resources_made.wait(LONGEST_SECONDS)
            event["ResponseURL"] = url + "/" + event["ResponseURL"].split("/", 3)[3]
        archive = zipfile.ZipFile(io.BytesIO(self.code_bytes))
        job = {
            "code": archive.read(archive.namelist()[0]).decode(),
            "event": event,
            "handler": self.handler,
            "timeoutSeconds": self.timeout,
        }
        done = subprocess.run(
            ["node", RUNTIME],
            input=json.dumps(job),
            env=environment(self, url),
            text=True,
            capture_output=True,
            timeout=LONGEST_SECONDS,
        )
        print(f"{self.function_name}: {done.stdout}{done.stderr}", file=sys.stderr, flush=True)
        return b""

    LambdaFunction.invoke = invoke
    return True


def self_stack(function, stack_id):
    return cloudformation_backends[function.account_id][function.region].get_stack(stack_id)


def environment(function, url):
    key = iam_backends[function.account_id]["aws"].create_temp_access_key()
    key.role_arn = function.role
    return {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": function.region,
        "AWS_ACCESS_KEY_ID": key.access_key_id,
        "AWS_SECRET_ACCESS_KEY": key.secret_access_key,
        "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true",
        "ACCOUNT_ID": function.account_id,
        **function.environment_vars,
    }


def wait_for_custom_resources():
    """CreateStack answers when its functions have: the workflow's clock is virtual, theirs is not."""
    stock = Stack.create_resources

    def create_resources(self):
        self.resources_made = threading.Event()
        stock(self)
        self.resources_made.set()
        end = time.monotonic() + LONGEST_SECONDS
        while time.monotonic() < end and not all(one.is_created() for one in self.custom_resources.values()):
            time.sleep(0.05)

    Stack.create_resources = create_resources


def keep_metadata_defaults():
    if hasattr(EC2Response, "modify_instance_metadata_defaults"):
        return False
    kept = {}

    def place(self):
        return (self.current_account, self.region)

    def modify(self):
        given = {name: self._get_param(name) for name in ("HttpTokens", "HttpPutResponseHopLimit")}
        kept.setdefault(place(self), {}).update({name: value for name, value in given.items() if value is not None})
        return ActionResult({"Return": True})

    def get(self):
        return ActionResult({"AccountLevel": kept.get(place(self), {})})

    EC2Response.modify_instance_metadata_defaults = modify
    EC2Response.get_instance_metadata_defaults = get
    return True


def lend_functions(url):
    """What was missing, by name, and whether it still is."""
    wait_for_custom_resources()
    return {
        "functions without Docker": run_function(url),
        "instance metadata defaults of EC2": keep_metadata_defaults(),
    }
