"""moto's server, and what it needs to judge a vend.

moto has backends for more services than its CloudFormation knows: Config and Budgets are there, their resource types
are not. The classes below let its CloudFormation, with its own parameters, conditions and functions, hand resolved
properties to its own backends. Nothing that moto has is replaced: a type that it has learnt is left alone and named
under "learnt", so that the class here is removed.

Usage: moto_server.py PORT [BRIDGE ACCOUNT]. With a bridge, moto executes state machines (moto_states.py), and keys that it
has not given out are of this account. One line of JSON on stdout, then it serves.
"""

import inspect
import json
import logging
import sys
import warnings
from types import SimpleNamespace

from moto.budgets.models import budgets_backends
from moto.cloudformation import parsing
from moto.config.models import config_backends
from moto.core.common_models import CloudFormationModel
from moto.iam import models as iam_models
from moto.iam.models import Role, iam_backends
from moto.iam.policy_validation import IAMPolicyDocumentValidator
from moto.logs.models import LogGroup
from moto.server import main
from moto_lambda import lend_functions
from moto_network import NETWORK_MENDS
from moto_recording import RECORDING, RECORDING_MENDS
from moto_states import execute_machines


def rule_of(properties):
    rule = {key: value for key, value in properties.items() if key != "Tags"}
    if "InputParameters" in rule and not isinstance(rule["InputParameters"], str):
        # A template may give an object; Config's API takes text, every value of it text too.
        rule["InputParameters"] = json.dumps(rule["InputParameters"])
    return rule


def put_rule(account, region, properties, name):
    # Without a name CloudFormation makes one up.
    rule = {"ConfigRuleName": name, **rule_of(properties)}
    config_backends[account][region].put_config_rule(rule, properties.get("Tags"))
    made = config_backends[account][region].config_rules[rule["ConfigRuleName"]]
    arn = made.config_rule_arn
    return rule["ConfigRuleName"], {"Arn": arn, "ConfigRuleId": made.config_rule_id}


def delete_rule(account, region, name):
    config_backends[account][region].delete_config_rule(name)


def put_budget(account, _region, properties, name):
    budget = {"BudgetName": name, **properties["Budget"]}
    limit = budget.get("BudgetLimit")
    if limit:
        budget["BudgetLimit"] = {**limit, "Amount": str(limit["Amount"])}
    backend = budgets_backends[account]["aws"]
    if budget["BudgetName"] in backend.budgets[account]:
        backend.delete_budget(account, budget["BudgetName"])
    notifications = properties.get("NotificationsWithSubscribers", [])
    backend.create_budget(account, budget, notifications)
    return budget["BudgetName"], {}


def delete_budget(account, _region, name):
    budgets_backends[account]["aws"].delete_budget(account, name)


EXTENSIONS = {
    "AWS::Config::ConfigRule": (put_rule, delete_rule, ["Arn", "ConfigRuleId", "Compliance.Type"]),
    "AWS::Budgets::Budget": (put_budget, delete_budget, []),
} | RECORDING


class Made:
    """What moto's CloudFormation keeps of a resource."""

    def __init__(self, name, attributes):
        self.physical_resource_id = name
        self.attributes = attributes

    def get_cfn_attribute(self, name):
        return self.attributes[name]

    def is_created(self):
        return True


def extension(kind, put, remove, attributes):
    def make(_cls, resource_name, cloudformation_json, account_id, region_name, **_):
        return Made(*put(account_id, region_name, cloudformation_json["Properties"], resource_name))

    def update(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
        name = original_resource.physical_resource_id
        return make(cls, name, cloudformation_json, account_id, region_name)

    def delete(_cls, resource_name, _cloudformation_json, account_id, region_name):
        remove(account_id, region_name, resource_name)

    # moto finds its resource types as subclasses: to define one is to register it.
    return type(
        kind.replace("::", ""),
        (CloudFormationModel,),
        {
            "cloudformation_name_type": staticmethod(lambda: ""),
            "cloudformation_type": staticmethod(lambda: kind),
            "has_cfn_attr": classmethod(lambda _cls, name: name in attributes),
            "create_from_cloudformation_json": classmethod(make),
            "update_from_cloudformation_json": classmethod(update),
            "delete_from_cloudformation_json": classmethod(delete),
        },
    )


def is_optional(item):
    return isinstance(item, dict) and ("Fn::If" in item or item.get("Ref") == "AWS::NoValue")


def drop_no_value(stock):
    """An item of a list that comes to AWS::NoValue is not there; moto leaves a None in its place."""

    def clean_json(node, resources_map):
        if not isinstance(node, list):
            return stock(node, resources_map)
        items = [(item, parsing.clean_json(item, resources_map)) for item in node]
        return [value for item, value in items if value is not None or not is_optional(item)]

    return clean_json


NO_VALUE = "AWS::NoValue in a list of a template"


def mend_no_value():
    stock = parsing.clean_json
    if stock([{"Ref": "AWS::NoValue"}], {"AWS::NoValue": None}) == []:
        return False
    parsing.clean_json = drop_no_value(stock)
    return True


INLINE_POLICY = "inline policies of AWS::IAM::Role"


def mend_inline_policies():
    """From CloudFormation moto keeps the document as it is in Python, unchecked; IAM's own API has it as text."""
    stock = Role.put_policy
    role = SimpleNamespace(policies={})
    stock(role, "probe", {"Version": "2012-10-17"})
    if isinstance(role.policies["probe"], str):
        return False

    def put_policy(self, policy_name, policy_json):
        text = policy_json if isinstance(policy_json, str) else json.dumps(policy_json)
        IAMPolicyDocumentValidator(text).validate()
        stock(self, policy_name, text)

    Role.put_policy = put_policy
    return True


MANAGED_POLICIES = "ManagedPolicyArns of AWS::IAM::Role"


def mend_managed_policies():
    stock = Role.create_from_cloudformation_json.__func__
    if "ManagedPolicyArns" in inspect.getsource(stock):
        return False

    def create(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        role = stock(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs)
        for arn in cloudformation_json["Properties"].get("ManagedPolicyArns", []):
            iam_backends[account_id]["aws"].attach_role_policy(arn, role.name)
        return role

    Role.create_from_cloudformation_json = classmethod(create)
    return True


LOG_GROUP = "Arn of AWS::Logs::LogGroup (on AWS it ends in :*)"


def mend_log_group():
    stock = LogGroup.get_cfn_attribute
    if stock(SimpleNamespace(arn="probe"), "Arn") != "probe":
        return False

    def get_cfn_attribute(self, name):
        return f"{self.arn}:*" if name == "Arn" else stock(self, name)

    LogGroup.get_cfn_attribute = get_cfn_attribute
    return True


MENDS = {
    LOG_GROUP: mend_log_group,
    NO_VALUE: mend_no_value,
    INLINE_POLICY: mend_inline_policies,
    MANAGED_POLICIES: mend_managed_policies,
} | NETWORK_MENDS | RECORDING_MENDS


def extend(url, bridge=None, account=None):
    known = set(parsing.get_model_map())
    learnt = sorted(kind for kind in EXTENSIONS if kind in known)
    filled = [extension(kind, *EXTENSIONS[kind]) for kind in EXTENSIONS if kind not in known]
    for cached in (parsing.get_model_list, parsing.get_model_map, parsing.get_name_type_map):
        cached.cache_clear()
    mended = {what: mend() for what, mend in MENDS.items()} | lend_functions(url)
    if bridge:
        iam_models.DEFAULT_ACCOUNT_ID = account
        mended |= execute_machines(bridge)
    return {
        "filled": sorted(cls.cloudformation_type() for cls in filled) + [what for what in mended if mended[what]],
        "learnt": learnt + [what for what in mended if not mended[what]],
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    logging.getLogger("moto").setLevel(logging.ERROR)
    print(json.dumps(extend(f"http://127.0.0.1:{sys.argv[1]}", *sys.argv[2:])), flush=True)
    main(["-H", "127.0.0.1", "-p", sys.argv[1]])
