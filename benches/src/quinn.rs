//! quinn-udp, as its own documentation and its throughput benchmark drive it: a `Transmit` holds as many segments as
//! `max_gso_segments` allows in one buffer; `recv` is given BATCH_SIZE buffers of `gro_segments` datagrams each, and
//! what it returns is cut at `stride`. Where neighbours go to different peers there is a Transmit for each.

use std::io::IoSliceMut;
use std::net::UdpSocket;

use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSocketState};

use crate::bare::sockets;
use crate::rounds::{Contender, Load, Seen};

pub struct Quinn<'a> {
    load: &'a Load,
    sender: (UdpSocket, UdpSocketState),
    receiver: (UdpSocket, UdpSocketState),
    out: Vec<Transmit<'a>>,
    buffers: Vec<Vec<u8>>,
    metas: Vec<RecvMeta>,
}

impl<'a> Quinn<'a> {
    pub fn new(load: &'a Load) -> Quinn<'a> {
        let (sender, receiver, port) = sockets(load);
        let with_state = |socket: UdpSocket| {
            let state = UdpSocketState::new((&socket).into()).expect("a state");
            (socket, state)
        };
        let (sender, receiver) = (with_state(sender), with_state(receiver));
        let most = sender.1.max_gso_segments().min(65_507 / load.size);
        let segments = if load.flows == 1 { most } else { 1 };
        let chunks = load.joined.chunks(segments * load.size);
        let out = chunks.enumerate().map(|(index, contents)| Transmit {
            destination: load.peer(index, port).into(),
            ecn: None,
            contents,
            segment_size: (segments > 1).then_some(load.size),
            src_ip: None,
        });
        let room = (load.size * receiver.1.gro_segments()).min(65_536);
        let metas = vec![RecvMeta::default(); BATCH_SIZE];
        Quinn { load, out: out.collect(), buffers: vec![vec![0; room]; BATCH_SIZE], metas, sender, receiver }
    }
}

impl Contender for Quinn<'_> {
    fn send(&mut self) {
        for transmit in &self.out {
            self.sender.1.try_send((&self.sender.0).into(), transmit).expect("a send");
        }
    }

    fn receive(&mut self, seen: &mut Seen) {
        let mut slices: Vec<_> = self.buffers.iter_mut().map(|buffer| IoSliceMut::new(buffer)).collect();
        while seen.datagrams < self.load.count() {
            let (socket, state) = &self.receiver;
            let Ok(got) = state.recv(socket.into(), &mut slices, &mut self.metas) else { return };
            for (meta, slice) in self.metas[..got].iter().zip(&slices) {
                slice[..meta.len].chunks(meta.stride).for_each(|datagram| seen.datagram(datagram));
            }
        }
    }
}
