"""moto's interpreter of Step Functions, and what it needs to execute the deployed machines.

The interpreter stays moto's own: how a definition is read, which state comes next, what a Retry, a Catch or a Map does,
what the history says. Stock it cannot begin: each mend below first proves that by running a small machine; once the
proof fails, the mend is listed as learnt and the oracle fails, so that it is taken out.

What is lent: JSONata (the reference implementation, in a node of its own), what AWS answers to a Task (an HTTP bridge to
the oracle), and time (the same bridge: a Wait of an hour must not last one).
"""

import functools
import inspect
import json
import logging
import os
import re
import subprocess
import threading
import time
import urllib.request
import uuid
from types import SimpleNamespace

from moto.core.config import default_user_config
from moto.stepfunctions import models, responses
from moto.stepfunctions.parser import models as parser_models
from moto.stepfunctions.parser.api import EvaluationFailedEventDetails, HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.common.path import result_path
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata
from moto.stepfunctions.parser.asl.component.intrinsic import jsonata as intrinsic
from moto.stepfunctions.parser.asl.component.state import state as state_module
from moto.stepfunctions.parser.asl.component.state.choice.state_choice import StateChoice
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_aws_sdk as aws_sdk
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sqs import StateTaskServiceSqs
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackOutcomeTimedOut
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.states import States
from moto.stepfunctions.parser.asl.jsonata import jsonata
from moto.stepfunctions.parser.asl.utils import boto_client
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str
from moto.stepfunctions.parser.backend import execution_worker
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution
from moto.stepfunctions.parser.models import StepFunctionsParserBackend, stepfunctions_parser_backends

CHILD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "jsonata-child.mjs")
PROBES = "000000000000"
LONGEST_PROBE_SECONDS = 10

# Which execution a thread is in, for those parts of moto that are not told.
HERE = threading.local()


# What the oracle lends


class Bridge:
    def __init__(self, url):
        self.url = url
        self.times = {}

    def ask(self, path, body):
        data = json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", data, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)

    def begin(self, execution):
        self.times[execution] = self.ask("/begin", {"execution": execution})["time"]
        return self.times[execution]

    def pass_time(self, path, execution, **about):
        """What the bridge answers. The time of an execution is what it said last."""
        answer = self.ask(path, {"execution": execution, **about})
        self.times[execution] = answer["time"]
        return answer

    def now(self, execution):
        return self.times[execution]


class Evaluator:
    """One node, one expression at a time: a line there, a line back."""

    def __init__(self):
        self.lock = threading.Lock()
        self.child = subprocess.Popen(
            ["node", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def evaluate(self, expression, bindings):
        with self.lock:
            self.child.stdin.write(to_json_str({"expression": expression, "bindings": bindings}) + "\n")
            self.child.stdin.flush()
            return json.loads(self.child.stdout.readline())


# Probes


def machine(states, start="S"):
    return json.dumps({"QueryLanguage": "JSONata", "StartAt": start, "States": states})


def run(definition, name="probe"):
    """A small machine on the interpreter as it is now. What cannot even be started is an exception."""
    backend = stepfunctions_parser_backends[PROBES]["us-east-1"]
    made = backend.create_state_machine(f"m-{uuid.uuid4()}", definition, f"arn:aws:iam::{PROBES}:role/probe")
    return finished(backend.start_execution(made.arn, name, "{}"))


def finished(execution):
    end = time.monotonic() + LONGEST_PROBE_SECONDS
    while execution.status == "RUNNING" and time.monotonic() < end:
        time.sleep(0.01)
    return execution


def output_of(expression):
    execution = run(machine({"S": {"Type": "Pass", "Output": "{% " + expression + " %}", "End": True}}))
    return execution.output if execution.status == "SUCCEEDED" else None


# Mends


def mend_second_execution():
    backend = stepfunctions_parser_backends[PROBES]["us-east-1"]
    definition = machine({"S": {"Type": "Pass", "End": True}})
    made = backend.create_state_machine(f"m-{uuid.uuid4()}", definition, f"arn:aws:iam::{PROBES}:role/probe")
    finished(backend.start_execution(made.arn, "first", "{}"))
    try:
        finished(backend.start_execution(made.arn, "second", "{}"))
        return False
    except TypeError:
        pass
    models.StateMachine.__deepcopy__ = without_executions
    return True


def without_executions(self, _memo):
    """An execution keeps its machine as it was; the executions of before, and their locks, are no part of that."""
    clone = object.__new__(type(self))
    clone.__dict__.update(self.__dict__)
    clone.executions = []
    return clone


def mend_unnamed_executions():
    if run(machine({"S": {"Type": "Pass", "End": True}}), None).name is not None:
        return False
    stock = StepFunctionsParserBackend.start_execution

    def start_execution(self, state_machine_arn, name=None, *rest, **kwargs):
        return stock(self, state_machine_arn, name or str(uuid.uuid4()), *rest, **kwargs)

    StepFunctionsParserBackend.start_execution = start_execution
    return True


def mend_jsonata(evaluator):
    """Values go to the evaluator as values. moto writes them into the expression, where an array becomes a constructed
    one (which JSONata does not flatten) and a quotation mark ends a string."""
    if output_of("1 + 1") == 2:
        return False
    quoted = jsonata.encode_jsonata_variable_declarations({"$a": 'b"c'})
    assert quoted == '$a:="b"c";', "moto quotes variables now: ask it to bind them"
    try:
        jsonata.extract_jsonata_variable_references("[1, 2][$ > 1]")
        raise AssertionError("moto knows the $ of an inner context now: ask it what an expression names")
    except jsonata.IllegalJSONataVariableReference:
        pass

    def eval_body(self, env):
        # moto refuses every lone $. AWS refuses what refers to nothing, at the top level (floci-io/floci issue 2670).
        named = set(re.findall(r"\$(\w+)", self.expression))
        functions = intrinsic.get_intrinsic_functions_declarations({f"${name}" for name in named})
        answer = evaluator.evaluate(f"({functions}{self.expression})", bindings_of(env, named))
        if "value" not in answer:
            raise not_evaluated(env, f"The JSONata expression '{self.expression}' {answer['problem']}")
        env.stack.append(answer["value"])

    StringJSONata._eval_body = eval_body
    return True


def bindings_of(env, named):
    variables = {**env.variable_store._outer_scope, **env.variable_store._inner_scope}
    bindings = {name: variables[name] for name in named if name in variables}
    # What has not been set is not there, rather than null.
    bindings["states"] = {name: value for name, value in env.states._states_data.items() if value is not None}
    bindings["states"]["input"] = env.states._states_data["input"]
    return bindings


def not_evaluated(env, cause):
    """As moto says that an expression returned nothing."""
    error_name = StatesErrorName(typ=StatesErrorNameType.StatesQueryEvaluationError)
    details = {
        "evaluationFailedEventDetails": EvaluationFailedEventDetails(cause=cause, error=error_name.error_name)
    }
    env.event_manager.add_event(
        context=env.event_history_context,
        event_type=HistoryEventType.EvaluationFailed,
        event_details=details,
    )
    return FailureEventException(
        failure_event=FailureEvent(
            env=env, error_name=error_name, event_type=HistoryEventType.EvaluationFailed, event_details=details
        )
    )


def mend_functions():
    """$hash and $uuid are texts in moto that say they are not there; the evaluator has them."""
    if output_of("$hash('a', 'MD5')") == "0cc175b9c0f1b6a831c399e269772661":
        return False
    for name in ("$hash", "$uuid"):
        del intrinsic._DECLARATION_BY_VARIABLE_REFERENCE[name]
    return True


def mend_context(bridge):
    """RedriveCount is missing, and times are not as AWS writes them. The time is the bridge's, as waits are."""
    seen = output_of("$states.context.Execution")
    if "RedriveCount" in seen and seen["StartTime"].endswith("Z"):
        return False
    stock_details = Execution.get_start_execution_details

    def details(self):
        made = stock_details(self)
        made.start_time = bridge.begin(self.exec_arn)
        return made

    Execution.get_start_execution_details = details
    stock_init = States.__init__

    def init(self, context):
        context["Execution"].setdefault("RedriveCount", 0)
        stock_init(self, context)

    States.__init__ = init
    stock_body = CommonStateField._eval_body

    def eval_body(self, env):
        HERE.execution = execution_of(env)
        stock_body(self, env)

    CommonStateField._eval_body = eval_body
    state_module.StateData = lambda EnteredTime, Name: {
        "EnteredTime": bridge.now(HERE.execution),
        "Name": Name,
        "RetryCount": 0,
    }
    return True


def execution_of(env):
    return env.states.context_object.context_object_data["Execution"]["Id"]


def mend_map_item():
    """moto opens a frame for each Task and forgets there which item of a Map it belongs to."""
    stock = Environment.as_inner_frame_of.__func__
    if "Map" in inspect.getsource(stock):
        return False

    def as_inner_frame_of(cls, env, variable_store, event_history_frame_cache=None):
        frame = stock(cls, env, variable_store, event_history_frame_cache)
        here = env.states.context_object.context_object_data
        if "Map" in here:
            frame.states.context_object.context_object_data["Map"] = here["Map"]
        return frame

    Environment.as_inner_frame_of = classmethod(as_inner_frame_of)
    return True


def mend_choice():
    """A Choice's own Assign is for the Default. moto knows that one by the name of the next state, to which a rule may lead
    as well (localstack/localstack issue 12301; what AWS does is in the snapshots of its pull request 12075)."""
    rules = [{"Condition": "{% true %}", "Next": "End", "Assign": {"by": "rule"}}]
    choice = {"Type": "Choice", "Choices": rules, "Assign": {"by": "default"}, "Default": "End"}
    probe = machine({"S": choice, "End": {"Type": "Pass", "Output": "{% $by %}", "End": True}})
    if run(probe).output == "rule":
        return False
    stock = StateChoice._eval_state_output

    def eval_state_output(self, env):
        taken = env.stack[-1]
        if any(rule.next_stmt.name is taken for rule in self.choices_decl.rules):
            env.next_state_name = env.stack.pop()
        else:
            stock(self, env)

    StateChoice._eval_state_output = eval_state_output
    assert run(probe).output == "rule"
    return True


def mend_deployed_machines():
    """CloudFormation makes machines in the backend that executes nothing; the API shows the other."""
    if models.stepfunctions_backends is stepfunctions_parser_backends:
        return False
    models.stepfunctions_backends = stepfunctions_parser_backends
    responses.stepfunctions_backends = stepfunctions_parser_backends
    return True


def mend_sdk_integrations(bridge):
    """A Task is asked through the bridge. moto's own way knows neither the services' names nor their errors' prefixes,
    wants other parameters than AWS, and makes every call as nobody in particular."""
    lacks = {
        "names": "ssoadmin" not in StateTaskService._SERVICE_NAME_SFN_TO_BOTO_OVERRIDES,
        "prefixes": "organizations" not in aws_sdk._SERVICE_ERROR_NAMES,
        "parameters": "pass" in inspect.getsource(StateTaskService._normalise_parameters),
        "roles": "state_credentials" not in inspect.getsource(boto_client.boto_client_for).split("->")[1],
    }
    if not all(lacks.values()):
        return False
    for kind in (aws_sdk.StateTaskServiceAwsSdk, StateTaskServiceSqs):
        kind._eval_service_task = through(bridge, kind._eval_service_task)
    return True


def through(bridge, stock):
    def eval_service_task(self, env, resource_runtime_part, normalised_parameters, state_credentials):
        context = env.states.context_object.context_object_data
        service, action = self.resource.api_name, self.resource.api_action
        is_sdk = isinstance(self, aws_sdk.StateTaskServiceAwsSdk)
        answer = bridge.ask(
            "/task",
            {
                "resource": f"aws-sdk:{service}:{action}" if is_sdk else f"{self.resource.service_name}:{action}",
                "arguments": normalised_parameters,
                "roleArn": state_credentials.role_arn if self.credentials else None,
                "stateMachineArn": context["StateMachine"]["Id"],
                "executionArn": context["Execution"]["Id"],
                "executionRoleArn": context["Execution"]["RoleArn"],
                "token": context.get("Task", {}).get("Token"),
            },
        )
        if "stock" in answer:
            stock(self, env, resource_runtime_part, normalised_parameters, state_credentials)
        elif "error" in answer:
            failed = TaskFailedEventDetails(
                resource=self._get_sfn_resource(),
                resourceType=self._get_sfn_resource_type(),
                error=answer["error"],
                cause=answer["cause"],
            )
            raise FailureEventException(
                failure_event=FailureEvent(
                    env=env,
                    error_name=ErrorName(error_name=answer["error"]),
                    event_type=HistoryEventType.TaskFailed,
                    event_details={"taskFailedEventDetails": failed},
                )
            )
        else:
            env.stack.append(answer["output"])

    return eval_service_task


def lend_time(bridge):
    """A Wait, a Retry's interval and the time that a token has: the bridge says when they are over."""

    def wait(execution, seconds):
        bridge.pass_time("/wait", execution, seconds=seconds)

    def wait_for_token(_self, env, timeout_seconds, callback_endpoint, heartbeat_endpoint):
        assert heartbeat_endpoint is None, "no machine of ours has heartbeats"
        execution, token = execution_of(env), callback_endpoint.callback_id
        while True:
            outcome = callback_endpoint.wait(timeout=0.05)
            if outcome is not None:
                return outcome
            if bridge.pass_time("/over", execution, token=token, seconds=timeout_seconds)["over"]:
                return CallbackOutcomeTimedOut(callback_id=token)

    WaitFunction._wait_interval = lambda _self, env, wait_seconds: wait(execution_of(env), wait_seconds)
    retrier_decl.time = SimpleNamespace(sleep=lambda seconds: wait(HERE.execution, seconds))
    StateTaskServiceCallback._eval_wait_for_task_token = wait_for_token
    return True


def read_once():
    """moto reads a definition when a machine is made and anew for each execution, which takes seconds each time; and the
    path "$" after every state, by a parser that it makes for this one."""
    once = SimpleNamespace(parse=functools.lru_cache(AmazonStateLanguageParser.parse))
    execution_worker.AmazonStateLanguageParser = once
    parser_models.AmazonStateLanguageParser = once
    result_path.parse = functools.lru_cache(result_path.parse)


def tell_the_end(bridge):
    """The bridge hears how an execution ended, and its history; asking for these by the API takes moto a second."""
    stock = BaseExecutionWorkerCommunication.terminated

    def terminated(self):
        stock(self)
        execution = self.execution
        if execution.account_id != PROBES:
            events = json.loads(to_json_str(execution.exec_worker.env.event_manager.get_event_history()))
            bridge.ask("/ended", {"execution": execution.exec_arn, "status": execution.status, "events": events})

    BaseExecutionWorkerCommunication.terminated = terminated


def execute_machines(bridge_url):
    """What was missing, by name, and whether it still is."""
    # It tells of each failure with the whole definition; what failed is in the history.
    logging.getLogger("moto.stepfunctions.parser").setLevel(logging.CRITICAL)
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    bridge, evaluator = Bridge(bridge_url), Evaluator()
    mends = {
        "Step Functions: a second execution of a machine": mend_second_execution,
        "Step Functions: executions without a name": mend_unnamed_executions,
        "Step Functions: JSONata and variables": lambda: mend_jsonata(evaluator),
        "Step Functions: $hash and $uuid": mend_functions,
        "Step Functions: RedriveCount, and times as AWS writes them": lambda: mend_context(bridge),
        "Step Functions: the item of a Map in its tasks": mend_map_item,
        "Step Functions: a rule of a Choice that leads where its Default does": mend_choice,
        "Step Functions: executing what CloudFormation made": mend_deployed_machines,
        "Step Functions: names, errors, parameters and roles of SDK integrations": lambda: mend_sdk_integrations(bridge),
        "Step Functions: waits that do not last": lambda: lend_time(bridge),
    }
    read_once()
    mended = {what: mend() for what, mend in mends.items()}
    tell_the_end(bridge)
    stepfunctions_parser_backends.reset()
    return mended
