//! Arguments out of a fuzzer's bytes. Where the bytes end, zeros follow.

#![allow(dead_code, reason = "each target needs some of it")]

use udp::ffi::types::{UDP_FAMILY_IPV4, UDP_FAMILY_IPV6, udp_addr};

pub struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        let taken = self.take(N);
        array[..taken.len()].copy_from_slice(taken);
        array
    }

    pub fn byte(&mut self) -> u8 {
        self.array::<1>()[0]
    }

    pub fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.array())
    }

    pub fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.array())
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::from(self.u16()) % end
    }

    /// Mostly addresses that a socket takes.
    pub fn addr(&mut self) -> udp_addr {
        let kind = self.byte();
        let (port, mut ip) = (self.u16(), self.array::<16>());
        match kind % 8 {
            0..=2 => {
                ip[4..].fill(0);
                udp_addr { family: UDP_FAMILY_IPV4, port, ip, ..udp_addr::NONE }
            }
            3..=5 => {
                let scope_id = if kind & 8 == 0 { 0 } else { self.u32() % 4 };
                udp_addr { family: UDP_FAMILY_IPV6, port, ip, scope_id, ..udp_addr::NONE }
            }
            6 => udp_addr::NONE,
            _ => udp_addr {
                family: if kind & 8 == 0 { self.u16() } else { u16::from(kind >> 5) },
                port,
                ip,
                scope_id: self.u32(),
                flowinfo: self.u32(),
                reserved: u32::from(kind & 16),
            },
        }
    }
}
