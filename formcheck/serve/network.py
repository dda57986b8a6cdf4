"""Where this computer is found in its network; nothing is asked of anybody for it."""

from __future__ import annotations

import ipaddress

from formcheck.extras import library

#: Interfaces between programs of this computer, by how their names begin: no phone is there.
_INNER = ("docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "lo")


def lan_addresses() -> list[str]:
    """The IPv4 addresses of this computer in its networks, private ones first."""
    found = []
    for adapter in library("ifaddr", "formcheck serve").get_adapters():
        if str(adapter.nice_name).lower().startswith(_INNER):
            continue
        for address in adapter.ips:
            if isinstance(address.ip, str):  # IPv6 ones are tuples
                known = ipaddress.ip_address(address.ip)
                if not (known.is_loopback or known.is_link_local or known.is_unspecified):
                    found.append(known)
    return [str(known) for known in sorted(found, key=lambda known: (not known.is_private, int(known)))]
