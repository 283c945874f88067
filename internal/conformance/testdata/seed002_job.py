# Tells the address of the driver and the subnet that holds it, as the job of "Combine AWS Glue and Amazon MWAA to build
# advanced VPC selection and failover strategies" does.
import ipaddress
import socket

subnets = {"PrivateSubnet1": "10.192.20.0/24", "PrivateSubnet2": "10.192.21.0/24"}

ip = socket.gethostbyname(socket.gethostname())
holding = [name for name, cidr in subnets.items() if ipaddress.ip_address(ip) in ipaddress.ip_network(cidr)]
print(f"The driver node has been assigned the ip: {ip} which belongs to the subnet: {(holding or ['unknown'])[-1]}")
