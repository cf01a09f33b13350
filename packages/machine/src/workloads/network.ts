/**
 * Network buffers. A network card keeps its ring filled; packets arrive in bursts, in interrupts, whichever task runs;
 * servers read late, so queues grow and shrink. At the end queues and ring are empty, and sockets closed.
 */
import { PAGE, SOFTIRQ, SYSCALL, WRITE } from '../kernel/call-path.js';
import { MS, type Steps } from './workload.js';
import type { Folio, Site, Workbench } from './workbench.js';

const RING = 256;
const SOCKET_SLABS = 16;
const BURST = 128;
const SENT = 8;

export function* network(bench: Workbench): Steps {
  const { random } = bench;
  const { tasks } = bench.machine;
  const poll = `napi_poll net_rx_action ${SOFTIRQ}`;
  const receive = `virtnet_poll[virtio_net] ${poll}`;
  const send = `sock_sendmsg sock_write_iter ${WRITE}`;
  const atomic = 'GFP_ATOMIC|__GFP_NOWARN|__GFP_COMP';
  const ring = bench.site({
    gfp: `${atomic}|__GFP_NORETRY`,
    order: 3,
    path: `${PAGE} skb_page_frag_refill try_fill_recv[virtio_net] ${receive}`,
  });
  const received: readonly Site[] = [
    bench.site({ gfp: atomic, path: `${PAGE} page_pool_alloc_pages_slow page_pool_alloc_netmem ${receive}` }),
    bench.site({
      gfp: `${atomic}|__GFP_NORETRY`,
      order: 3,
      path: `${PAGE} __page_frag_cache_refill __napi_alloc_skb page_to_skb[virtio_net] ${receive}`,
    }),
    bench.kernelSlab(
      0,
      `kmem_cache_alloc_node_noprof __alloc_skb tcp_stream_alloc_skb tcp_send_ack __tcp_ack_snd_check tcp_rcv_established tcp_v4_do_rcv tcp_v4_rcv ip_local_deliver_finish ${poll}`,
    ),
    bench.kernelSlab(
      1,
      `__kmalloc_node_track_caller_noprof kmalloc_reserve pskb_expand_head __pskb_pull_tail tcp_v4_rcv ip_local_deliver_finish ${poll}`,
    ),
  ];
  const sent: readonly Site[] = [
    bench.site({
      gfp: 'GFP_KERNEL|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP',
      order: 3,
      path: `${PAGE} skb_page_frag_refill sk_page_frag_refill tcp_sendmsg_locked tcp_sendmsg ${send}`,
    }),
    bench.site({
      gfp: 'GFP_KERNEL_ACCOUNT|__GFP_COMP',
      order: 2,
      path: `${PAGE} alloc_skb_with_frags sock_alloc_send_pskb unix_stream_sendmsg ${send}`,
      memcg: 'web.service',
    }),
    bench.slab(
      3,
      `__kmalloc_node_track_caller_noprof kmalloc_reserve __alloc_skb alloc_skb_with_frags sock_alloc_send_pskb unix_dgram_sendmsg ${send}`,
    ),
  ];
  const accept = `__sys_accept4 __x64_sys_accept4 ${SYSCALL}`;
  const sockets: readonly Site[] = [
    bench.kernelSlab(
      3,
      `kmem_cache_alloc_noprof sk_prot_alloc sk_clone_lock inet_csk_clone_lock tcp_create_openreq_child tcp_v4_syn_recv_sock tcp_check_req tcp_v4_rcv ip_local_deliver_finish ${poll}`,
    ),
    bench.kernelSlab(
      0,
      `kmem_cache_alloc_noprof inet_reqsk_alloc tcp_conn_request tcp_rcv_state_process tcp_v4_do_rcv tcp_v4_rcv ip_local_deliver_finish ${poll}`,
    ),
    bench.slab(
      0,
      `kmem_cache_alloc_noprof alloc_empty_file alloc_file_pseudo sock_alloc_file do_accept ${accept}`,
    ),
    bench.slab(
      2,
      `kmem_cache_alloc_lru_noprof sock_alloc_inode alloc_inode sock_alloc do_accept ${accept}`,
      true,
    ),
  ];
  const read = bench.path(
    `free_unref_page skb_release_data __kfree_skb tcp_recvmsg_locked tcp_recvmsg inet_recvmsg sock_read_iter vfs_read ksys_read ${SYSCALL}`,
  );
  const completed = bench.path(
    `free_unref_page skb_release_data consume_skb free_old_xmit[virtio_net] virtnet_poll_tx[virtio_net] ${poll}`,
  );
  const close = bench.path(
    `__free_slab discard_slab __sk_destruct inet_release __sock_release sock_close __fput ${SYSCALL}`,
  );
  const unplug = bench.path(
    'free_unref_page virtnet_rq_free_unused_bufs[virtio_net] remove_vq_common[virtio_net] virtnet_remove[virtio_net] virtio_dev_remove device_release_driver_internal',
  );

  const server = bench.task('nginx');
  // In an interrupt: whoever runs, often nobody.
  const interrupted = [tasks.swapper, server, bench.task('curl')];
  const fill: Folio[] = [];
  const open: (Folio | undefined)[] = [];
  const queue: Folio[] = [];
  const unsent: (Folio | undefined)[] = [];
  try {
    for (let i = bench.count(SOCKET_SLABS); i > 0; i--) {
      open.push(...sockets.map((site, each) => bench.take(site, each < 2 ? tasks.swapper : server)));
    }
    for (;;) {
      while (fill.length < bench.count(RING)) {
        const buffer = bench.take(ring, tasks.swapper);
        if (!buffer) break;
        fill.push(buffer);
      }
      for (let i = random.below(bench.count(BURST)); i > 0; i--) {
        const packet = bench.take(received[random.below(received.length)]!, interrupted[random.below(3)]!);
        // No memory: the packet is dropped, as in life.
        if (packet) queue.push(packet);
        // The card has used a buffer of its ring.
        bench.giveAll(fill.splice(0, random.below(2)), read, server);
      }
      bench.giveAll(queue.splice(0, random.below(queue.length + 1)), read, server);
      bench.giveAll(unsent.splice(0), completed, tasks.swapper);
      for (let i = bench.count(SENT); i > 0; i--)
        unsent.push(bench.take(sent[random.below(sent.length)]!, server));
      yield 5 * MS;
    }
  } finally {
    bench.giveAll(queue, read, server);
    bench.giveAll(unsent, completed, tasks.swapper);
    bench.giveAll(open, close, server);
    const rmmod = bench.task('rmmod');
    bench.giveAll(fill, unplug, rmmod);
    tasks.exit(rmmod);
  }
}
