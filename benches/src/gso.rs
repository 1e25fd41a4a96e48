//! Super-datagrams by hand, as udp(7) describes them: one buffer or gather list and a segment size go in with one
//! message (UDP_SEGMENT), and what the kernel joined comes out in a block of 64 KiB with its segment size (UDP_GRO).
//! Several messages go with each sendmmsg and recvmmsg, and all arrays are made once.

use std::net::UdpSocket;

use libc::{c_int, iovec, mmsghdr, sockaddr_in};

use crate::bare::{option, raw, sockets};
use crate::mmsg::{message, piece, place, receive_some, send_all};
use crate::rounds::{Contender, Load, Seen};

/// No super-datagram is longer.
const BLOCK: usize = 65_536;
const LONGEST: usize = 65_507;
/// How many super-datagrams are sent or received per call.
const AT_A_TIME: usize = 16;

/// Memory that begins with a cache line, for as long as the program runs. What malloc gives for a large size begins 16
/// bytes into a page, and the kernel's copy (`rep movsb`) from the beginning of a page to 1 to 31 bytes into another is
/// four times as slow on AMD's Zen 3.
fn aligned(size: usize) -> &'static mut [u8] {
    let all = vec![0; size + 64].leak();
    let skip = all.as_ptr().align_offset(64);
    &mut all[skip..skip + size]
}

/// Room for one control message with an int.
#[repr(C, align(8))]
#[derive(Clone, Copy)]
struct Control([u8; 24]);

pub struct Gso<'a> {
    load: &'a Load,
    sender: UdpSocket,
    receiver: UdpSocket,
    out: Vec<mmsghdr>,
    into: Vec<mmsghdr>,
    arena: &'static mut [u8],
    _kept: (Vec<iovec>, Vec<sockaddr_in>, Vec<Control>),
}

impl<'a> Gso<'a> {
    /// With at most `segments` datagrams in each, from one buffer or from a gather list; `None` if the kernel does not
    /// take so many.
    pub fn new(load: &'a Load, segments: usize, gather: bool) -> Option<Gso<'a>> {
        let (sender, receiver, port) = sockets(load);
        option(&receiver, libc::SOL_UDP, libc::UDP_GRO, 1).ok()?;
        let segments = segments.min(LONGEST / load.size);
        let arena = aligned(AT_A_TIME * BLOCK);
        let mut parts: Vec<iovec> = if gather {
            load.pieces.iter().map(|data| piece(data)).collect()
        } else {
            load.joined.chunks(segments * load.size).map(piece).collect()
        };
        let (sent_parts, each) = (parts.len(), if gather { segments } else { 1 });
        parts.extend(arena.chunks_mut(BLOCK).map(place));
        let count = sent_parts.div_ceil(each);
        let mut addrs = vec![raw(load.peer(0, port)); count + AT_A_TIME];
        let mut controls = vec![Control([0; 24]); addrs.len()];
        let (sent, received) = parts.split_at_mut(sent_parts);
        let mut out: Vec<_> = sent
            .chunks_mut(each)
            .chain(received.chunks_mut(1))
            .zip(&mut addrs)
            .map(|(parts, addr)| message(parts, addr))
            .collect();
        for (message, control) in out.iter_mut().zip(&mut controls) {
            message.msg_hdr.msg_control = control.0.as_mut_ptr().cast();
            message.msg_hdr.msg_controllen = size_of::<Control>() as _;
        }
        let into = out.split_off(count);
        for message in &mut out {
            segment_size(message, load.size);
        }
        let mut gso = Gso { load, sender, receiver, out, into, arena, _kept: (parts, addrs, controls) };
        gso.possible().then_some(gso)
    }

    /// Sends the first message, and receives it again.
    fn possible(&mut self) -> bool {
        use std::os::fd::AsRawFd;
        // SAFETY: the message points to what lives in this contender.
        if unsafe { libc::sendmsg(self.sender.as_raw_fd(), &self.out[0].msg_hdr, 0) } < 0 {
            return false;
        }
        self.receive(&mut Seen::default());
        true
    }
}

fn segment_size(message: &mut mmsghdr, size: usize) {
    // SAFETY: the control buffer has room for one message with an u16, and is aligned for its header.
    unsafe {
        message.msg_hdr.msg_controllen = libc::CMSG_SPACE(2) as _;
        let control = &mut *libc::CMSG_FIRSTHDR(&message.msg_hdr);
        control.cmsg_level = libc::SOL_UDP;
        control.cmsg_type = libc::UDP_SEGMENT;
        control.cmsg_len = libc::CMSG_LEN(2) as _;
        libc::CMSG_DATA(control).cast::<u16>().write_unaligned(size as u16);
    }
}

/// How long the datagrams of a received message are; one that was not joined has no control message.
fn received_size(message: &mmsghdr) -> usize {
    // SAFETY: the kernel filled in the control buffer and its length.
    unsafe {
        match libc::CMSG_FIRSTHDR(&message.msg_hdr).as_ref() {
            Some(control) if (control.cmsg_level, control.cmsg_type) == (libc::SOL_UDP, libc::UDP_GRO) => {
                libc::CMSG_DATA(control).cast::<c_int>().read_unaligned() as usize
            }
            _ => message.msg_len as usize,
        }
    }
}

impl Contender for Gso<'_> {
    fn send(&mut self) {
        send_all(&self.sender, &mut self.out, AT_A_TIME);
    }

    fn receive(&mut self, seen: &mut Seen) {
        while seen.datagrams < self.load.count() {
            let got = receive_some(&self.receiver, &mut self.into);
            for (message, block) in self.into[..got].iter_mut().zip(self.arena.chunks(BLOCK)) {
                for datagram in block[..message.msg_len as usize].chunks(received_size(message)) {
                    seen.datagram(datagram);
                }
                message.msg_hdr.msg_namelen = size_of::<sockaddr_in>() as _;
                message.msg_hdr.msg_controllen = size_of::<Control>() as _;
            }
            if got == 0 {
                return;
            }
        }
    }
}
