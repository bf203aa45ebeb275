"""Trail and recorder: moto has their backends, and its CloudFormation has not their types."""

from moto.cloudtrail.models import cloudtrail_backends
from moto.config.models import config_backends
from moto.iam.models import SERVICE_NAME_CONVERSION, iam_backends


def put_trail(account, region, properties, name):
    name = properties.get("TrailName", name)
    backend = cloudtrail_backends[account][region]
    trail = backend.create_trail(
        name=name,
        bucket_name=properties["S3BucketName"],
        s3_key_prefix=properties.get("S3KeyPrefix"),
        sns_topic_name=properties.get("SnsTopicName"),
        is_global=properties.get("IncludeGlobalServiceEvents", True),
        is_multi_region=properties.get("IsMultiRegionTrail", False),
        log_validation=properties.get("EnableLogFileValidation", False),
        is_org_trail=properties.get("IsOrganizationTrail", False),
        cw_log_group_arn=properties.get("CloudWatchLogsLogGroupArn"),
        cw_role_arn=properties.get("CloudWatchLogsRoleArn"),
        kms_key_id=properties.get("KMSKeyId"),
        tags_list=properties.get("Tags", []),
    )
    backend.put_event_selectors(name, properties.get("EventSelectors", []), [])
    if properties["IsLogging"]:
        backend.start_logging(name)
    return name, {"Arn": trail.arn}


def delete_trail(account, region, name):
    cloudtrail_backends[account][region].delete_trail(name)


def lower(value):
    """CloudFormation's spelling in that of Config's API."""
    if not isinstance(value, dict):
        return value
    return {key[0].lower() + key[1:]: lower(inner) for key, inner in value.items()}


def put_recorder(account, region, properties, name):
    name = properties.get("Name", name)
    config_backends[account][region].put_configuration_recorder({**lower(properties), "name": name})
    start_recorders(account, region)
    return name, {}


def put_channel(account, region, properties, name):
    name = properties.get("Name", name)
    config_backends[account][region].put_delivery_channel({**lower(properties), "name": name})
    start_recorders(account, region)
    return name, {}


def start_recorders(account, region):
    """CloudFormation starts a recorder as soon as it has somewhere to deliver to."""
    backend = config_backends[account][region]
    for name in backend.recorders if backend.delivery_channels else []:
        backend.start_configuration_recorder(name)


def delete_recorder(account, region, name):
    config_backends[account][region].delete_configuration_recorder(name)


def delete_channel(account, region, name):
    config_backends[account][region].delete_delivery_channel(name)


def put_authorization(account, region, properties, _name):
    backend = config_backends[account][region]
    wanted = properties["AuthorizedAccountId"], properties["AuthorizedAwsRegion"]
    made = backend.put_aggregation_authorization(*wanted, properties.get("Tags", []))
    arn = made["AggregationAuthorizationArn"]
    return arn, {"AggregationAuthorizationArn": arn}


def delete_authorization(account, region, arn):
    config_backends[account][region].delete_aggregation_authorization(*arn.split("/")[-2:])


def put_linked_role(account, _region, properties, _name):
    backend = iam_backends[account]["aws"]
    given = properties["AWSServiceName"], properties.get("Description"), properties.get("CustomSuffix")
    role = backend.create_service_linked_role(*given)
    return role.name, {"RoleName": role.name}


def delete_linked_role(account, _region, name):
    iam_backends[account]["aws"].delete_role(name)


def mend_linked_role_name():
    if "config" in SERVICE_NAME_CONVERSION:
        return False
    SERVICE_NAME_CONVERSION["config"] = "Config"
    return True


RECORDING_MENDS = {"the name of Config's service-linked role": mend_linked_role_name}

RECORDING = {
    "AWS::CloudTrail::Trail": (put_trail, delete_trail, ["Arn"]),
    "AWS::Config::ConfigurationRecorder": (put_recorder, delete_recorder, []),
    "AWS::Config::DeliveryChannel": (put_channel, delete_channel, []),
    "AWS::Config::AggregationAuthorization": (
        put_authorization,
        delete_authorization,
        ["AggregationAuthorizationArn"],
    ),
    "AWS::IAM::ServiceLinkedRole": (put_linked_role, delete_linked_role, ["RoleName"]),
}
