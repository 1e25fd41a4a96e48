//! Network interfaces: GetAdaptersAddresses.

use std::net::{IpAddr, Ipv4Addr};
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_BUFFER_OVERFLOW, ERROR_NO_DATA, ERROR_SUCCESS};
use windows_sys::Win32::NetworkManagement::IpHelper as ip;
use windows_sys::Win32::NetworkManagement::Ndis::IfOperStatusUp;
use windows_sys::Win32::Networking::WinSock::AF_UNSPEC;

use super::addr::read_addr;
use crate::error::{Code, Error, Result};
use crate::types::{Interface, InterfaceAddr};

/// The adapters of GetAdaptersAddresses, which point into the memory.
struct Adapters(Vec<u64>);

impl Adapters {
    fn get() -> Result<Adapters> {
        let flags = ip::GAA_FLAG_SKIP_ANYCAST | ip::GAA_FLAG_SKIP_MULTICAST | ip::GAA_FLAG_SKIP_DNS_SERVER;
        // What the documentation recommends to begin with.
        let mut bytes = 15_000;
        loop {
            let mut memory: Vec<u64> = Vec::new();
            let words = (bytes as usize).div_ceil(size_of::<u64>());
            memory.try_reserve_exact(words).map_err(|_| Code::Memory)?;
            memory.resize(words, 0);
            let list = memory.as_mut_ptr().cast();
            // SAFETY: room for as many bytes, aligned for the structures.
            match unsafe { ip::GetAdaptersAddresses(AF_UNSPEC.into(), flags, ptr::null(), list, &mut bytes) }
            {
                ERROR_SUCCESS => return Ok(Adapters(memory)),
                ERROR_NO_DATA => return Ok(Adapters(Vec::new())),
                // Interfaces may appear between two calls.
                ERROR_BUFFER_OVERFLOW => bytes += bytes / 4,
                error => return Err(Error::from_os(error as i32)),
            }
        }
    }

    fn iter(&self) -> impl Iterator<Item = &ip::IP_ADAPTER_ADDRESSES_LH> {
        let first: *const ip::IP_ADAPTER_ADDRESSES_LH =
            if self.0.is_empty() { ptr::null() } else { self.0.as_ptr().cast() };
        // SAFETY: each node of the list is valid, or NULL at its end, while the memory lives.
        let mut next = unsafe { first.as_ref() };
        std::iter::from_fn(move || {
            let adapter = next?;
            // SAFETY: as above.
            next = unsafe { adapter.Next.as_ref() };
            Some(adapter)
        })
    }
}

/// An adapter's index. It has one for each family that is on, and if both are, they are the same.
fn index_of(adapter: &ip::IP_ADAPTER_ADDRESSES_LH) -> u32 {
    // SAFETY: plain numbers.
    let ipv4 = unsafe { adapter.Anonymous1.Anonymous.IfIndex };
    if ipv4 != 0 { ipv4 } else { adapter.Ipv6IfIndex }
}

/// The UTF-16 units of an adapter's name, such as `Ethernet`.
fn units_of(adapter: &ip::IP_ADAPTER_ADDRESSES_LH) -> impl Iterator<Item = char> {
    let name = adapter.FriendlyName;
    // SAFETY: a string that ends with a zero, and that lives as long as the adapter.
    let unit = move |index| unsafe { *name.add(index) };
    let units = (0..).map(unit).take_while(|&unit| unit != 0);
    let units = (!name.is_null()).then_some(units).into_iter().flatten();
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
}

/// One row for each IPv4 or IPv6 address, and one for each interface without an address.
pub(crate) fn interfaces() -> Result<Vec<Interface>> {
    let adapters = Adapters::get()?;
    let mut found: Vec<Interface> = Vec::new();
    for adapter in adapters.iter() {
        let loopback = adapter.IfType == ip::IF_TYPE_SOFTWARE_LOOPBACK;
        let point_to_point = matches!(adapter.IfType, ip::IF_TYPE_PPP | ip::IF_TYPE_TUNNEL);
        // Windows does not tell what the administrator wants from what is.
        let up = adapter.OperStatus == IfOperStatusUp;
        // SAFETY: plain flags.
        let no_multicast = unsafe { adapter.Anonymous2.Flags } & ip::IP_ADAPTER_NO_MULTICAST != 0;
        let broadcast = !loopback && !point_to_point;
        let before = found.len();
        let mut push = |addr: Option<InterfaceAddr>| -> Result<()> {
            let mut name = String::new();
            let length = units_of(adapter).map(char::len_utf8).sum();
            name.try_reserve_exact(length).map_err(|_| Code::Memory)?;
            name.extend(units_of(adapter));
            found.try_reserve(1).map_err(|_| Code::Memory)?;
            found.push(Interface {
                name,
                if_index: index_of(adapter),
                up,
                running: up,
                loopback,
                broadcast,
                multicast: !no_multicast,
                point_to_point,
                addr,
            });
            Ok(())
        };
        let mut has_addr = false;
        // SAFETY: each node of the list is valid, or NULL at its end, while the memory lives.
        let mut next = unsafe { adapter.FirstUnicastAddress.as_ref() };
        while let Some(unicast) = next {
            // SAFETY: as above; the address is the node's.
            unsafe {
                next = unicast.Next.as_ref();
                if let Some(addr) = read_addr(unicast.Address.lpSockaddr) {
                    push(Some(addr_of(addr, unicast.OnLinkPrefixLength.into(), broadcast)))?;
                    has_addr = true;
                }
            }
        }
        if !has_addr {
            push(None)?;
        }
        // An insertion sort, as in sys/unix: a stable sort would take memory.
        let key = |row: &Interface| row.if_index;
        for end in before..found.len() {
            let place = found[..end].partition_point(|row| key(row) <= key(&found[end]));
            found[place..=end].rotate_right(1);
        }
    }
    Ok(found)
}

fn addr_of(ip: IpAddr, prefix_len: u32, has_broadcast: bool) -> InterfaceAddr {
    let broadcast = match ip {
        // A network of one or two addresses has none (RFC 3021).
        IpAddr::V4(ip) if has_broadcast && prefix_len < 31 => {
            Some(Ipv4Addr::from_bits(ip.to_bits() | u32::MAX.checked_shr(prefix_len).unwrap_or(0)))
        }
        _ => None,
    };
    InterfaceAddr { ip, prefix_len, broadcast }
}

/// The maximum transmission unit of an interface.
pub(crate) fn interface_mtu(name: &str) -> Result<u32> {
    let adapters = Adapters::get()?;
    let found = adapters.iter().find(|adapter| units_of(adapter).eq(name.chars()));
    found.map(|adapter| adapter.Mtu).ok_or(Code::NoInterface.into())
}

/// An interface's index, by its name.
pub(crate) fn interface_index(name: &str) -> Option<u32> {
    let adapters = Adapters::get().ok()?;
    adapters.iter().find(|adapter| units_of(adapter).eq(name.chars())).map(index_of)
}

/// An interface's name, by its index.
pub(crate) fn interface_name(index: u32) -> Option<InterfaceName> {
    let adapters = Adapters::get().ok()?;
    let adapter = adapters.iter().find(|adapter| index != 0 && index_of(adapter) == index)?;
    let mut name = String::new();
    let length = units_of(adapter).map(char::len_utf8).sum();
    name.try_reserve_exact(length).ok()?;
    name.extend(units_of(adapter));
    Some(InterfaceName(name))
}

/// Whether an interface has this index.
pub(crate) fn interface_exists(index: u32) -> bool {
    interface_name(index).is_some()
}

/// The name of an interface.
pub(crate) struct InterfaceName(String);

impl InterfaceName {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}
