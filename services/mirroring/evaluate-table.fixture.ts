/** Derived by hand from the documented semantics, paragraph by paragraph; `readCases` says how to read them. */
export const EVALUATE_TABLE = `
@ no session mirrors nothing
p in tcp 10.0.0.1:1 10.0.0.2:2 = -
p out udp 10.0.0.1:1 10.0.0.2:2 = -
p in 1 10.0.0.1 10.0.0.2 = -
p out 58 [2001:db8::1] [2001:db8::2] = -

@ a new filter has no rules and mirrors nothing
s 1
p in tcp 10.0.0.1:1 10.0.0.2:2 = -
p out tcp 10.0.0.1:1 10.0.0.2:2 = -
p in tcp [2001:db8::1]:1 [2001:db8::2]:2 = -
p out 47 10.0.0.1 10.0.0.2 = -

@ one rule accepts all of one direction and family
s 7
r in 100 + * any any
p in tcp 192.0.2.1:1 10.0.0.2:2 = 7/100
p in udp 192.0.2.1:1 10.0.0.2:2 = 7/100
p in icmp 192.0.2.1 10.0.0.2 = 7/100
p in 47 192.0.2.1 10.0.0.2 = 7/100
p in 0 192.0.2.1 10.0.0.2 = 7/100
p in 255 192.0.2.1 10.0.0.2 = 7/100
p in tcp 0.0.0.0:0 255.255.255.255:65535 = 7/100
p out tcp 10.0.0.2:2 192.0.2.1:1 = -
p out udp 10.0.0.2:2 192.0.2.1:1 = -
p out icmp 10.0.0.2 192.0.2.1 = -
p in tcp [2001:db8::1]:1 [2001:db8::2]:2 = -
p in 58 [2001:db8::1] [2001:db8::2] = -

@ only egress rules: replies that come in are not mirrored
s 1
r out 1 + * any any
p out tcp 10.0.0.2:40000 192.0.2.1:443 = 1/1
p in tcp 192.0.2.1:443 10.0.0.2:40000 = -
p out 50 10.0.0.2 192.0.2.1 = 1/1
p in 50 192.0.2.1 10.0.0.2 = -

@ the directions are lists of their own, and may use the same number
s 1
r in 10 - * any any
r out 10 + * any any
p in tcp 10.0.0.1:1 10.0.0.2:2 = -
p out tcp 10.0.0.1:1 10.0.0.2:2 = 1/10
p in 1 10.0.0.1 10.0.0.2 = -
p out 1 10.0.0.1 10.0.0.2 = 1/10

@ the lowest number that matches decides, in whatever order the rules are told
s 1
r in 30 + * any any
r in 10 - tcp any any dp 22-22
r in 20 + tcp any any
p in tcp 10.9.0.1:5000 10.0.0.1:22 = -
p in tcp 10.9.0.1:5000 10.0.0.1:21 = 1/20
p in tcp 10.9.0.1:5000 10.0.0.1:23 = 1/20
p in tcp 10.9.0.1:22 10.0.0.1:5000 = 1/20
p in udp 10.9.0.1:5000 10.0.0.1:22 = 1/30
p in icmp 10.9.0.1 10.0.0.1 = 1/30
p in 132 10.9.0.1:5000 10.0.0.1:22 = 1/30
p out tcp 10.9.0.1:5000 10.0.0.1:22 = -

@ an accept before a reject of the same packets
s 1
r in 5 + tcp 10.1.0.0/16 any dp 22-22
r in 6 - tcp any any dp 22-22
r in 7 + * any any
p in tcp 10.1.2.3:999 10.0.0.1:22 = 1/5
p in tcp 10.2.2.3:999 10.0.0.1:22 = -
p in tcp 10.1.2.3:999 10.0.0.1:23 = 1/7
p in tcp 10.2.2.3:999 10.0.0.1:23 = 1/7
p in udp 10.1.2.3:999 10.0.0.1:22 = 1/7

@ everything that enters or leaves the VPC (the guide's example)
s 1
r out 10 - * any 10.0.0.0/16
r out 20 + * any any
r in 10 - * 10.0.0.0/16 any
r in 20 + * any any
p out tcp 10.0.0.5:1 10.0.200.9:443 = -
p out tcp 10.0.0.5:1 10.1.0.9:443 = 1/20
p out tcp 10.0.0.5:1 8.8.8.8:443 = 1/20
p out udp 10.0.0.5:1 10.0.255.255:53 = -
p out udp 10.0.0.5:1 9.255.255.255:53 = 1/20
p in tcp 10.0.0.9:443 10.0.0.5:1 = -
p in tcp 10.0.255.255:443 10.0.0.5:1 = -
p in tcp 10.1.0.0:443 10.0.0.5:1 = 1/20
p in tcp 8.8.8.8:443 10.0.0.5:1 = 1/20
p in icmp 10.0.3.3 10.0.0.5 = -
p in icmp 172.31.3.3 10.0.0.5 = 1/20
p out tcp [2001:db8::5]:1 [2001:db8::9]:443 = -

@ SSH of the administrators is left out (the guide's example)
s 1
r in 10 - tcp 10.0.0.0/24 10.0.0.0/16 dp 22-22
r in 20 + tcp any any
p in tcp 10.0.0.7:50000 10.0.4.4:22 = -
p in tcp 10.0.1.7:50000 10.0.4.4:22 = 1/20
p in tcp 10.0.0.7:50000 10.1.4.4:22 = 1/20
p in tcp 10.0.0.7:50000 10.0.4.4:443 = 1/20
p in udp 10.0.0.7:50000 10.0.4.4:22 = -
p in icmp 10.0.1.7 10.0.4.4 = -
p out tcp 10.0.4.4:22 10.0.0.7:50000 = -

@ HTTPS of both families takes two rules (the guide's example)
s 1
r in 10 + tcp any any dp 443-443
r in 20 + tcp any6 any6 dp 443-443
p in tcp 192.0.2.1:1024 10.0.0.1:443 = 1/10
p in tcp [2001:db8::1]:1024 [2001:db8::2]:443 = 1/20
p in tcp 192.0.2.1:1024 10.0.0.1:444 = -
p in tcp [2001:db8::1]:1024 [2001:db8::2]:442 = -
p in udp 192.0.2.1:1024 10.0.0.1:443 = -
p in udp [2001:db8::1]:1024 [2001:db8::2]:443 = -
p in tcp [::ffff:192.0.2.1]:1024 [::ffff:10.0.0.1]:443 = 1/20

@ port ranges hold at both ends
s 1
r in 1 + tcp any any sp 1024-2048 dp 8000-8080
p in tcp 10.0.0.1:1024 10.0.0.2:8000 = 1/1
p in tcp 10.0.0.1:2048 10.0.0.2:8080 = 1/1
p in tcp 10.0.0.1:1500 10.0.0.2:8040 = 1/1
p in tcp 10.0.0.1:1023 10.0.0.2:8000 = -
p in tcp 10.0.0.1:2049 10.0.0.2:8000 = -
p in tcp 10.0.0.1:1024 10.0.0.2:7999 = -
p in tcp 10.0.0.1:1024 10.0.0.2:8081 = -
p in tcp 10.0.0.1:8000 10.0.0.2:1024 = -
p in udp 10.0.0.1:1024 10.0.0.2:8000 = -

@ the whole range, and its ends
s 1
r in 1 + udp any any dp 0-0
r in 2 + udp any any dp 65535-65535
r in 3 + udp any any dp 0-65535
p in udp 10.0.0.1:1 10.0.0.2:0 = 1/1
p in udp 10.0.0.1:1 10.0.0.2:65535 = 1/2
p in udp 10.0.0.1:1 10.0.0.2:1 = 1/3
p in udp 10.0.0.1:1 10.0.0.2:65534 = 1/3
p in tcp 10.0.0.1:1 10.0.0.2:1 = -

@ a port that was not told lies in no range
s 1
r in 1 + tcp any any dp 443-443
r in 2 + tcp any any sp 1-65535
r in 3 + tcp any any
p in tcp 10.0.0.1 10.0.0.2 = 1/3
p in tcp 10.0.0.1:5 10.0.0.2 = 1/2
p in tcp 10.0.0.1 10.0.0.2:443 = 1/1
p in tcp 10.0.0.1 10.0.0.2:80 = 1/3

@ protocols without ports
s 1
r in 10 + icmp any any
r in 20 - 47 any any
r in 30 + tcp any any dp 1-65535
r in 40 + 50 10.0.0.0/8 any
r in 50 + 2 any 224.0.0.0/4
p in icmp 10.0.0.1 10.0.0.2 = 1/10
p in 1 10.0.0.1 10.0.0.2 = 1/10
p in 47 10.0.0.1 10.0.0.2 = -
p in 50 10.0.0.1 10.0.0.2 = 1/40
p in 50 11.0.0.1 10.0.0.2 = -
p in 51 10.0.0.1 10.0.0.2 = -
p in 2 10.0.0.1 224.0.0.1 = 1/50
p in 2 10.0.0.1 239.255.255.255 = 1/50
p in 2 10.0.0.1 240.0.0.0 = -
p in 58 10.0.0.1 10.0.0.2 = -
p in 6 10.0.0.1:9 10.0.0.2:9 = 1/30

@ ICMP and ICMPv6 are different protocols
s 1
r in 1 + 1 any any
r in 2 + 58 any6 any6
r in 3 - * any6 any6
p in icmp 192.0.2.1 192.0.2.2 = 1/1
p in icmpv6 [2001:db8::1] [2001:db8::2] = 1/2
p in 1 [2001:db8::1] [2001:db8::2] = -
p in 58 192.0.2.1 192.0.2.2 = -
p in icmpv6 [fe80::1] [ff02::1] = 1/2

@ SCTP has ports, and no rule can ask for them
s 1
r out 1 + 132 any any
p out 132 10.0.0.1:2905 10.0.0.2:2905 = 1/1
p out 132 10.0.0.1 10.0.0.2 = 1/1
p out 136 10.0.0.1:1 10.0.0.2:1 = -

@ prefixes of IPv4, bit by bit
s 1
r in 1 + * 10.0.0.1/32 any
r in 2 + * 10.0.0.2/31 any
r in 3 + * 10.0.0.4/30 any
r in 4 + * 10.0.0.128/25 any
r in 5 + * 10.0.1.0/24 any
r in 6 + * 10.2.0.0/15 any
r in 7 + * 128.0.0.0/1 any
p in 1 10.0.0.1 10.9.9.9 = 1/1
p in 1 10.0.0.2 10.9.9.9 = 1/2
p in 1 10.0.0.3 10.9.9.9 = 1/2
p in 1 10.0.0.4 10.9.9.9 = 1/3
p in 1 10.0.0.7 10.9.9.9 = 1/3
p in 1 10.0.0.8 10.9.9.9 = -
p in 1 10.0.0.0 10.9.9.9 = -
p in 1 10.0.0.127 10.9.9.9 = -
p in 1 10.0.0.128 10.9.9.9 = 1/4
p in 1 10.0.0.255 10.9.9.9 = 1/4
p in 1 10.0.1.0 10.9.9.9 = 1/5
p in 1 10.0.1.255 10.9.9.9 = 1/5
p in 1 10.0.2.0 10.9.9.9 = -
p in 1 10.1.255.255 10.9.9.9 = -
p in 1 10.2.0.0 10.9.9.9 = 1/6
p in 1 10.3.255.255 10.9.9.9 = 1/6
p in 1 10.4.0.0 10.9.9.9 = -
p in 1 127.255.255.255 10.9.9.9 = -
p in 1 128.0.0.0 10.9.9.9 = 1/7
p in 1 255.255.255.255 10.9.9.9 = 1/7

@ bits behind the prefix do not count
s 1
r in 1 + * 10.77.88.99/8 any
r in 2 + * any 192.168.1.77/24
p in 1 10.0.0.0 1.1.1.1 = 1/1
p in 1 10.255.255.255 1.1.1.1 = 1/1
p in 1 11.0.0.0 1.1.1.1 = -
p in 1 11.0.0.0 192.168.1.1 = 1/2
p in 1 11.0.0.0 192.168.2.77 = -

@ prefixes of IPv6
s 1
r out 1 + * any6 2001:db8:1::/48
r out 2 + * any6 2001:db8:2:3::/64
r out 3 + * any6 2001:db8:2:4::8000:0/97
r out 4 + * any6 fe80::/10
r out 5 + * 2001:db8::1/128 any6
p out tcp [2001:db8::9]:1 [2001:db8:1::]:2 = 1/1
p out tcp [2001:db8::9]:1 [2001:db8:1:ffff:ffff:ffff:ffff:ffff]:2 = 1/1
p out tcp [2001:db8::9]:1 [2001:db8:2::]:2 = -
p out tcp [2001:db8::9]:1 [2001:db8:2:3::1]:2 = 1/2
p out tcp [2001:db8::9]:1 [2001:db8:2:4::1]:2 = -
p out tcp [2001:db8::9]:1 [2001:db8:2:4::8000:1]:2 = 1/3
p out tcp [2001:db8::9]:1 [2001:db8:2:4::7fff:ffff]:2 = -
p out 58 [2001:db8::9] [fe80::1] = 1/4
p out 58 [2001:db8::9] [febf:ffff::1] = 1/4
p out 58 [2001:db8::9] [fec0::1] = -
p out 58 [2001:db8::1] [2001:4860::1] = 1/5
p out 58 [2001:db8:0::1] [2001:4860::1] = 1/5
p out 58 [2001:0db8:0000:0000:0000:0000:0000:0001] [2001:4860::1] = 1/5
p out 58 [2001:DB8::1] [2001:4860::1] = 1/5
p out 58 [2001:db8::2] [2001:4860::1] = -
p out 1 10.0.0.1 10.0.0.2 = -

@ both ends of a rule have to fit
s 1
r in 1 + * 10.0.0.0/8 192.168.0.0/16
p in 1 10.1.1.1 192.168.1.1 = 1/1
p in 1 192.168.1.1 10.1.1.1 = -
p in 1 10.1.1.1 10.1.1.1 = -
p in 1 192.168.1.1 192.168.1.1 = -
p in 1 11.1.1.1 192.168.1.1 = -
p in 1 10.1.1.1 192.169.1.1 = -

@ the session with the lower number is asked first, in whatever order they are told
s 20
r in 1 + * any any
s 10
r in 9 + tcp any any dp 80-80
s 30
r in 5 + * any6 any6
p in tcp 10.0.0.1:1 10.0.0.2:80 = 10/9
p in tcp 10.0.0.1:1 10.0.0.2:81 = 20/1
p in udp 10.0.0.1:1 10.0.0.2:80 = 20/1
p in icmp 10.0.0.1 10.0.0.2 = 20/1
p in tcp [2001:db8::1]:1 [2001:db8::2]:80 = 30/5
p out tcp 10.0.0.1:1 10.0.0.2:80 = -

@ a packet is copied once, though three sessions would take it
s 1
r in 3 + * any any
s 2
r in 2 + * any any
s 3
r in 1 + * any any
p in tcp 10.0.0.1:1 10.0.0.2:2 = 1/3
p in 17 10.0.0.1:1 10.0.0.2:2 = 1/3
p in 47 10.0.0.1 10.0.0.2 = 1/3
p out 47 10.0.0.1 10.0.0.2 = -

@ the ends of session numbers
s 32766
r in 1 + * any any
s 1
r in 1 + tcp any any
p in tcp 10.0.0.1:1 10.0.0.2:2 = 1/1
p in udp 10.0.0.1:1 10.0.0.2:2 = 32766/1

@ a reject leads on to the next session (assumed)
s 1
r in 10 - tcp any any dp 443-443
r in 20 + tcp any any
s 2
r in 10 + tcp 10.0.0.0/8 any dp 443-443
s 3
r in 10 - * 10.0.0.0/9 any
r in 20 + * any any
p in tcp 10.1.0.1:9 10.0.0.2:443 = 2/10
p in tcp 11.1.0.1:9 10.0.0.2:443 = 3/20
p in tcp 10.1.0.1:9 10.0.0.2:444 = 1/20
p in udp 10.1.0.1:9 10.0.0.2:443 = -
p in udp 10.128.0.1:9 10.0.0.2:443 = 3/20
p in udp 11.1.0.1:9 10.0.0.2:443 = 3/20
p in icmp 10.127.255.255 10.0.0.2 = -
p out tcp 10.1.0.1:9 10.0.0.2:443 = -

@ every session rejects
s 1
r in 1 - * any any
r in 2 + * any any
s 2
r in 1 - * any any
s 3
r in 32766 - * any any
p in tcp 10.0.0.1:1 10.0.0.2:2 = -
p in 1 10.0.0.1 10.0.0.2 = -
p out tcp 10.0.0.1:1 10.0.0.2:2 = -

@ sessions for a family each
s 1
r in 1 + * any6 any6
s 2
r in 1 + * any any
p in tcp [2001:db8::1]:1 [2001:db8::2]:2 = 1/1
p in tcp 10.0.0.1:1 10.0.0.2:2 = 2/1

@ amazon-dns takes the resolver's packets both ways, without a rule
v 10.20.0.0/16 10.30.0.0/24
s 1 dns
p out udp 10.20.5.5:40000 10.20.0.2:53 = 1/dns
p out tcp 10.20.5.5:40000 10.20.0.2:53 = 1/dns
p in udp 10.20.0.2:53 10.20.5.5:40000 = 1/dns
p in tcp 10.20.0.2:53 10.20.5.5:40000 = 1/dns
p out udp 10.20.5.5:40000 10.30.0.2:53 = 1/dns
p in udp 10.30.0.2:53 10.20.5.5:40000 = 1/dns
p out udp 10.20.5.5:40000 169.254.169.253:53 = 1/dns
p in udp 169.254.169.253:53 10.20.5.5:40000 = 1/dns
p out udp [2001:db8::5]:40000 [fd00:ec2::253]:53 = 1/dns
p in udp [fd00:ec2::253]:53 [2001:db8::5]:40000 = 1/dns
p out udp 10.20.5.5:40000 8.8.8.8:53 = -
p out udp 10.20.5.5:40000 10.20.0.3:53 = -
p out udp 10.20.5.5:40000 10.20.1.2:53 = -
p out udp 10.20.5.5:40000 10.40.0.2:53 = -
p out udp 10.20.5.5:40000 10.20.0.2:54 = -
p out udp 10.20.5.5:53 10.20.0.2:40000 = -
p in udp 10.20.5.5:53 10.20.0.2:40000 = -
p out 1 10.20.5.5 10.20.0.2 = -
p out tcp 10.20.5.5:40000 10.20.0.2:443 = -
p out udp 10.20.5.5 10.20.0.2 = -
p in udp [fd00:ec2::254]:53 [2001:db8::5]:40000 = -

@ amazon-dns without the blocks of the VPC: a private address that ends in .2
s 1 dns
p out udp 10.0.9.9:40000 10.0.0.2:53 = 1/dns
p out udp 172.16.9.9:40000 172.31.0.2:53 = 1/dns
p out udp 192.168.9.9:40000 192.168.0.2:53 = 1/dns
p out udp 100.64.9.9:40000 100.64.0.2:53 = 1/dns
p out udp 10.0.9.9:40000 8.8.8.2:53 = -
p out udp 10.0.9.9:40000 10.0.0.12:53 = -
p out udp 10.0.9.9:40000 10.0.0.3:53 = -
p out udp 10.0.9.9:40000 172.32.0.2:53 = -
p in udp 10.0.0.2:53 10.0.9.9:40000 = 1/dns
p out udp 10.0.9.9:40000 169.254.169.253:53 = 1/dns

@ amazon-dns goes before the rules, and leaves the rest to them
v 10.0.0.0/16
s 1 dns
r out 10 - * any any
r in 10 - udp any any
r in 20 + * any any
p out udp 10.0.5.5:40000 10.0.0.2:53 = 1/dns
p in udp 10.0.0.2:53 10.0.5.5:40000 = 1/dns
p out udp 10.0.5.5:40000 1.1.1.1:53 = -
p in udp 1.1.1.1:53 10.0.5.5:40000 = -
p in tcp 10.0.0.2:53 10.0.5.5:40000 = 1/dns
p in tcp 1.1.1.1:53 10.0.5.5:40000 = 1/20

@ without amazon-dns the resolver's packets are packets like any other
v 10.0.0.0/16
s 1
r out 10 + udp any any dp 53-53
p out udp 10.0.5.5:40000 10.0.0.2:53 = 1/10
p out tcp 10.0.5.5:40000 10.0.0.2:53 = -
p in udp 10.0.0.2:53 10.0.5.5:40000 = -

@ the first session with amazon-dns has it, and one with rules may come before
v 10.0.0.0/16
s 3 dns
s 2 dns
r in 1 - * any any
s 1
r out 1 + udp any any dp 53-53
p out udp 10.0.5.5:40000 10.0.0.2:53 = 1/1
p out tcp 10.0.5.5:40000 10.0.0.2:53 = 2/dns
p in udp 10.0.0.2:53 10.0.5.5:40000 = 2/dns
p in udp 10.0.0.9:53 10.0.5.5:40000 = -

@ a packet is cut at the packet length
s 1 len 128
r in 1 + * any any
r in 2 + * any6 any6
p in tcp 10.0.0.1:1 10.0.0.2:2 len 127 = 1/1
p in tcp 10.0.0.1:1 10.0.0.2:2 len 128 = 1/1
p in tcp 10.0.0.1:1 10.0.0.2:2 len 129 = 1/1 cut 128
p in tcp 10.0.0.1:1 10.0.0.2:2 len 1500 = 1/1 cut 128
p in tcp 10.0.0.1:1 10.0.0.2:2 len 9001 = 1/1 cut 128
p in tcp 10.0.0.1:1 10.0.0.2:2 len 1 = 1/1
p in tcp 10.0.0.1:1 10.0.0.2:2 = 1/1
p in 58 [2001:db8::1] [2001:db8::2] len 129 = 1/2 cut 128
p out tcp 10.0.0.1:1 10.0.0.2:2 len 1500 = -

@ without a packet length nothing is cut where no target is told
s 1
r in 1 + * any any
p in tcp 10.0.0.1:1 10.0.0.2:2 len 9001 = 1/1
p in tcp 10.0.0.1:1 10.0.0.2:2 len 65535 = 1/1

@ the packet length is that of the session that takes the packet
s 1 len 64
r in 1 + tcp any any
s 2 len 256
r in 1 + udp any any
s 3
r in 1 + * any any
p in tcp 10.0.0.1:1 10.0.0.2:2 len 300 = 1/1 cut 64
p in udp 10.0.0.1:1 10.0.0.2:2 len 300 = 2/1 cut 256
p in udp 10.0.0.1:1 10.0.0.2:2 len 100 = 2/1
p in icmp 10.0.0.1 10.0.0.2 len 300 = 3/1

@ what amazon-dns takes is cut too
v 10.0.0.0/16
s 1 len 100 dns
p out udp 10.0.5.5:40000 10.0.0.2:53 len 101 = 1/dns cut 100
p out udp 10.0.5.5:40000 10.0.0.2:53 len 100 = 1/dns
p out udp 10.0.5.5:40000 10.0.0.2:53 = 1/dns

@ one byte, and the most with a Network Load Balancer
s 1 len 1 nlb
r in 1 + tcp any any
s 2 len 8500 nlb
r in 1 + udp any any
s 3 nlb
r in 1 + * any any
p in tcp 10.0.0.1:1 10.0.0.2:2 len 1 = 1/1
p in tcp 10.0.0.1:1 10.0.0.2:2 len 2 = 1/1 cut 1
p in udp 10.0.0.1:1 10.0.0.2:2 len 8500 = 2/1
p in udp 10.0.0.1:1 10.0.0.2:2 len 8501 = 2/1 cut 8500
p in icmp 10.0.0.1 10.0.0.2 len 8500 = 3/1
p in icmp 10.0.0.1 10.0.0.2 len 9001 = 3/1 cut 8500

@ a Gateway Load Balancer endpoint carries 8500 bytes with what is around the copy
s 1 gwlbe
r in 1 + * any any
r in 2 + * any6 any6
p in tcp 10.0.0.1:1 10.0.0.2:2 len 8446 = 1/1
p in tcp 10.0.0.1:1 10.0.0.2:2 len 8447 = 1/1 cut 8446
p in tcp [2001:db8::1]:1 [2001:db8::2]:2 len 8426 = 1/2
p in tcp [2001:db8::1]:1 [2001:db8::2]:2 len 8427 = 1/2 cut 8426

@ an appliance with jumbo frames: 9001 less 54 or 74 bytes
s 1 eni 9001
r in 1 + * any any
r in 2 + * any6 any6
p in tcp 10.0.0.1:1 10.0.0.2:2 len 8947 = 1/1
p in tcp 10.0.0.1:1 10.0.0.2:2 len 8948 = 1/1 cut 8947
p in tcp [2001:db8::1]:1 [2001:db8::2]:2 len 8927 = 1/2
p in tcp [2001:db8::1]:1 [2001:db8::2]:2 len 8928 = 1/2 cut 8927
p in tcp 10.0.0.1:1 10.0.0.2:2 len 9001 = 1/1 cut 8947

@ an appliance with 1500 bytes, of which the packet gets what is left
s 1 eni 1500
r in 1 + * any any
r in 2 + * any6 any6
p in tcp 10.0.0.1:1 10.0.0.2:2 len 1446 = 1/1
p in tcp 10.0.0.1:1 10.0.0.2:2 len 1447 = 1/1 cut 1446
p in tcp 10.0.0.1:1 10.0.0.2:2 len 1500 = 1/1 cut 1446
p in tcp [2001:db8::1]:1 [2001:db8::2]:2 len 1426 = 1/2
p in tcp [2001:db8::1]:1 [2001:db8::2]:2 len 1500 = 1/2 cut 1426

@ of packet length and MTU the smaller cuts
s 1 len 1000 eni 1500
r in 1 + tcp any any
s 2 len 1480 eni 1500
r in 1 + udp any any
p in tcp 10.0.0.1:1 10.0.0.2:2 len 1500 = 1/1 cut 1000
p in udp 10.0.0.1:1 10.0.0.2:2 len 1500 = 2/1 cut 1446
p in udp 10.0.0.1:1 10.0.0.2:2 len 1446 = 2/1

@ never mirrored, whatever the sessions say: instance metadata
s 1 dns
r in 1 + * any any
r out 1 + * any any
r in 2 + * any6 any6
r out 2 + * any6 any6
p out tcp 10.0.0.5:40000 169.254.169.254:80 = -
p in tcp 169.254.169.254:80 10.0.0.5:40000 = -
p out tcp [2001:db8::5]:40000 [fd00:ec2::254]:80 = -
p in tcp [fd00:ec2::254]:80 [2001:db8::5]:40000 = -
p out tcp 10.0.0.5:40000 169.254.169.252:80 = 1/1
p out icmp 10.0.0.5 169.254.169.254 = -

@ never mirrored: Windows activation
s 1
r out 1 + * any any
r in 1 + * any any
p out tcp 10.0.0.5:40000 169.254.169.250:1688 = -
p out tcp 10.0.0.5:40000 169.254.169.251:1688 = -
p in tcp 169.254.169.250:1688 10.0.0.5:40000 = -
p out tcp 10.0.0.5:40000 10.0.0.9:1688 = 1/1

@ never mirrored: DHCP
s 1
r out 1 + * any any
r in 1 + * any any
r out 2 + * any6 any6
p out udp 0.0.0.0:68 255.255.255.255:67 = -
p in udp 10.0.0.1:67 10.0.0.5:68 = -
p out udp [fe80::5]:546 [ff02::1:2]:547 = -
p out tcp 10.0.0.5:68 10.0.0.1:67 = 1/1
p out udp 10.0.0.5:40000 10.0.0.1:67 = 1/1

@ never mirrored: NTP
s 1
r out 1 + * any any
r in 1 + * any any
p out udp 10.0.0.5:40000 169.254.169.123:123 = -
p in udp 169.254.169.123:123 10.0.0.5:40000 = -
p out udp 10.0.0.5:123 192.0.2.1:123 = -
p out tcp 10.0.0.5:40000 192.0.2.1:123 = 1/1
p out udp 10.0.0.5:40000 192.0.2.1:124 = 1/1

@ an asymmetric filter: requests in, answers out, of one service
s 4
r in 10 + tcp any 10.0.0.0/24 dp 5432-5432
r out 10 + tcp 10.0.0.0/24 any sp 5432-5432
p in tcp 10.9.0.1:40000 10.0.0.9:5432 = 4/10
p out tcp 10.0.0.9:5432 10.9.0.1:40000 = 4/10
p out tcp 10.0.0.9:40000 10.9.0.1:5432 = -
p in tcp 10.9.0.1:5432 10.0.0.9:40000 = -
p in tcp 10.9.0.1:40000 10.0.1.9:5432 = -
p out tcp 10.0.1.9:5432 10.9.0.1:40000 = -
p in udp 10.9.0.1:40000 10.0.0.9:5432 = -

@ multicast and broadcast are addresses like any other
s 1
r out 1 + udp any 224.0.0.0/4
r out 2 + udp any 255.255.255.255/32
r out 3 + * any6 ff00::/8
p out udp 10.0.0.5:5353 224.0.0.251:5353 = 1/1
p out udp 10.0.0.5:5353 255.255.255.255:9 = 1/2
p out udp 10.0.0.5:5353 255.255.255.254:9 = -
p out udp [fe80::5]:5353 [ff02::fb]:5353 = 1/3
p out udp [fe80::5]:5353 [feff::fb]:5353 = -

@ ten rules, the last of which takes what is left
s 1
r in 1 - tcp any any dp 1-9
r in 2 - tcp any any dp 11-19
r in 3 - tcp any any dp 21-29
r in 4 - tcp any any dp 31-39
r in 5 - tcp any any dp 41-49
r in 6 - tcp any any dp 51-59
r in 7 - tcp any any dp 61-69
r in 8 - tcp any any dp 71-79
r in 9 - tcp any any dp 81-89
r in 2147483647 + tcp any any
p in tcp 10.0.0.1:1 10.0.0.2:0 = 1/2147483647
p in tcp 10.0.0.1:1 10.0.0.2:1 = -
p in tcp 10.0.0.1:1 10.0.0.2:10 = 1/2147483647
p in tcp 10.0.0.1:1 10.0.0.2:19 = -
p in tcp 10.0.0.1:1 10.0.0.2:20 = 1/2147483647
p in tcp 10.0.0.1:1 10.0.0.2:40 = 1/2147483647
p in tcp 10.0.0.1:1 10.0.0.2:45 = -
p in tcp 10.0.0.1:1 10.0.0.2:80 = 1/2147483647
p in tcp 10.0.0.1:1 10.0.0.2:89 = -
p in tcp 10.0.0.1:1 10.0.0.2:90 = 1/2147483647
p in udp 10.0.0.1:1 10.0.0.2:90 = -
`;
