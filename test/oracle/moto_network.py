"""What moto's EC2 does otherwise than AWS does, mended."""

import inspect

from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models.elastic_ip_addresses import ElasticAddress
from moto.ec2.models.flow_logs import FlowLogsBackend
from moto.ec2.models.security_groups import SecurityGroup
from moto.ec2.models.subnets import SubnetRouteTableAssociation


def mend_associations():
    stock = SubnetRouteTableAssociation.create_from_cloudformation_json.__func__
    if "associate_route_table" in inspect.getsource(EC2Backend.create_subnet_association):
        return False

    def create(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        properties = cloudformation_json["Properties"]
        ec2_backends[account_id][region_name].associate_route_table(
            properties["RouteTableId"], subnet_id=properties["SubnetId"]
        )
        return stock(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs)

    SubnetRouteTableAssociation.create_from_cloudformation_json = classmethod(create)
    return True


def mend_flow_log_folder():
    """A flow log may go to a folder of a bucket; moto takes bucket and folder for the bucket's name."""
    stock = FlowLogsBackend.create_flow_logs
    if "get_bucket(arn)" not in inspect.getsource(stock):
        return False
    names = list(inspect.signature(stock).parameters)

    def create_flow_logs(self, *args):
        given = dict(zip(names[1:], args))
        destination = given["log_destination"]
        if given["log_destination_type"] == "s3":
            given["log_destination"] = destination.split("/", 1)[0]
        made, refused = stock(self, **given)
        for flow_log in made:
            flow_log.log_destination = destination
        return made, refused

    FlowLogsBackend.create_flow_logs = create_flow_logs
    return True


def mend_address():
    if ElasticAddress.has_cfn_attr("PublicIp"):
        return False
    known, stock = ElasticAddress.has_cfn_attr, ElasticAddress.get_cfn_attribute

    def get_cfn_attribute(self, name):
        return self.public_ip if name == "PublicIp" else stock(self, name)

    ElasticAddress.has_cfn_attr = classmethod(lambda _cls, name: name == "PublicIp" or known(name))
    ElasticAddress.get_cfn_attribute = get_cfn_attribute
    return True


def mend_default_group():
    """The default group of a new VPC lets itself in, as on AWS."""
    stock = EC2Backend.create_vpc
    if "authorize_security_group_ingress" in inspect.getsource(stock):
        return False

    def create_vpc(self, *args, **kwargs):
        vpc = stock(self, *args, **kwargs)
        group = self.get_security_group_from_name("default", vpc_id=vpc.id)
        itself = [{"GroupId": group.id}]
        self.authorize_security_group_ingress(group.id, "-1", None, None, [], source_groups=itself, vpc_id=vpc.id)
        return vpc

    EC2Backend.create_vpc = create_vpc
    return True


def mend_group_egress():
    stock = SecurityGroup.create_from_cloudformation_json.__func__
    if "SecurityGroupEgress" in inspect.getsource(stock):
        return False

    def create(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        group = stock(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs)
        rules = cloudformation_json["Properties"].get("SecurityGroupEgress", [])
        if rules:
            # A template's own rules are there instead of the one that lets everything out.
            group.egress_rules = []
        for rule in rules:
            ec2_backends[account_id][region_name].authorize_security_group_egress(
                group.id, rule["IpProtocol"], rule["FromPort"], rule["ToPort"], [{"CidrIp": rule["CidrIp"]}]
            )
        return group

    SecurityGroup.create_from_cloudformation_json = classmethod(create)
    return True


NETWORK_MENDS = {
    "the rule by which a default security group lets itself in": mend_default_group,
    "SecurityGroupEgress of AWS::EC2::SecurityGroup": mend_group_egress,
    "PublicIp of AWS::EC2::EIP": mend_address,
    "AWS::EC2::SubnetRouteTableAssociation (it makes nothing)": mend_associations,
    "a folder in LogDestination of AWS::EC2::FlowLog": mend_flow_log_folder,
}
