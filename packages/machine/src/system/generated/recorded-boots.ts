/**
 * What real kernels held right after they had booted: 6.12.117 and 6.1.192 with page_owner=on, in virtual machines of 2 GiB with
 * 2 cpus, busybox and a shell script as init. Generated from their dumps by nx recorded-boots machine; population.ts reads it.
 */
import type { BootTable } from '../boot-table.js';

export const FUNCTIONS = `
get_page_from_freelist __alloc_pages_noprof alloc_pages_mpol_noprof allocate_slab ___slab_alloc
kmem_cache_alloc_noprof mm_alloc poking_init start_kernel x86_64_start_reservations x86_64_start_kernel
common_startup_64 get_free_pages_noprof pgd_alloc mm_init get_zeroed_page_noprof __p4d_alloc walk_to_pmd
__get_locked_pte __pud_alloc __pmd_alloc pte_alloc_one __pte_alloc __kmalloc_noprof alloc_buffer
early_trace_init alloc_buffer#2 __kmalloc_node_noprof rb_allocate_cpu_buffer __rb_allocate_pages
allocate_cmdlines_buffer trace_create_savedcmd allocate_trace_buffer cpudl_init init_rootdomain
init_defrootdomain sched_init radix_tree_node_alloc.constprop.0 idr_get_free idr_alloc_u32 idr_alloc
init_cpu_worker_pool workqueue_init_early alloc_workqueue kmem_cache_alloc_node_noprof workqueue_init_early#2
trace_create_new_event __trace_early_add_events trace_event_init trace_init event_define_fields
mas_alloc_nodes mas_store_gfp early_irq_init __kmalloc_cache_node_noprof alloc_desc
kmem_cache_alloc_bulk_noprof __kmalloc_cache_noprof __irq_domain_alloc_fwnode arch_early_irq_init
__irq_domain_instantiate vmap_small_pages_range_noflush vmap irq_init_percpu_irqstack init_IRQ
__pte_alloc_kernel __change_page_attr_set_clr change_page_attr_set_clr set_memory_ro
idt_setup_apic_and_irq_gates native_init_IRQ kmem_cache_init_late mpol_new do_set_mempolicy numa_policy_init
acpi_tb_resize_root_table_list acpi_reallocate_root_table acpi_early_init __kmem_cache_create_args
acpi_os_create_cache acpi_ut_create_caches acpi_ut_init_globals acpi_initialize_subsystem do_kmem_cache_create
acpi_ns_create_node acpi_ns_root_initialize alloc_pages_exact_noprof alloc_large_system_hash mnt_init
vfs_caches_init mnt_init#2 kernfs_init __kernfs_new_node.constprop.0 kernfs_create_root sysfs_init
radix_tree_node_alloc.constprop.0#2 idr_alloc_cyclic alloc_fs_context vfs_kern_mount.part.0 kern_mount
shmem_init alloc_super sget_fc get_tree_nodev vfs_get_tree kmem_cache_alloc_lru_noprof shmem_alloc_inode
alloc_inode new_inode __shmem_get_inode shmem_fill_super __d_alloc d_make_root alloc_vfsmnt vfs_create_mount
__kmalloc_node_track_caller_noprof kstrdup __list_lru_init bdev_cache_init bdev_alloc_inode
pseudo_fs_fill_super __register_sysctl_table __register_sysctl_init __proc_create proc_symlink proc_root_init
sysctl_init_bases sysctl_init_bases#2 nsfs_init mem_cgroup_css_alloc cgroup_init_subsys cgroup_init
copy_process kernel_clone user_mode_thread rest_init alloc_pages_bulk_noprof
alloc_pages_bulk_array_mempolicy_noprof __vmalloc_node_range_noprof dup_fd copy_process#2 alloc_pid
alloc_pages_bulk_array_mempolicy_noprof#2 kernel_thread kthreadd ret_from_fork ret_from_fork_asm
__register_sysctl_table#2 init_signal_sysctls do_one_initcall kernel_init_freeable kernel_init
init_fs_inode_sysctls fork_idle idle_threads_init smp_init set_kthread_struct copy_fs_struct alloc_vmap_area
__get_vm_area_node trace_rb_cpu_prepare cpuhp_invoke_callback __cpuhp_invoke_callback_range
_cpu_up.constprop.0 cpu_up cpuhp_bringup_mask bringup_nonboot_cpus devtmpfs_init driver_init alloc_vmap_area#2
prepare_creds copy_creds __radix_tree_preload idr_preload ksys_unshare devtmpfs_setup devtmpfsd kthread
create_new_namespaces unshare_nsproxy_namespaces clone_mnt copy_tree copy_mnt_ns getname_kernel kern_path
init_mount legacy_init_fs_context path_mount get_mountpoint do_lock_mount kernfs_new_node __kernfs_create_file
sysfs_add_file_mode_ns sysfs_create_file_ns bus_register platform_bus_init kset_create_and_add
subsys_system_register node_dev_init kernfs_create_dir_ns sysfs_create_dir_ns kobject_add_internal
kset_register cpu_dev_init internal_create_group container_dev_init proc_mkdir register_irq_proc init_irq_proc
proc_create_reg proc_create_single_data register_irq_proc#2 register_irq_proc#3 register_irq_proc#4
register_irq_proc#5 proc_create_data device_add subsys_register.part.0 kernel_init_freeable#2 futex_init
cgroup_wq_init net_sysctl_init sock_init sock_alloc_inode netlink_proto_init bucket_table_alloc.isra.0
rhashtable_init_noprof internal_create_groups kobject_add irq_sysfs_init class_register kobject_init_and_add
bus_add_driver driver_register serial_base_init apply_wqattrs_prepare apply_workqueue_attrs_locked
default_bdi_init kcompactd_init hugetlb_sysfs_add_hstate hugetlb_init ksm_init hugepage_init hugepage_init#2
sysfs_merge_group hugepage_init#3 mempool_init_node mempool_init_noprof bioset_init init_bio bioset_init#2
mempool_create_node_noprof sg_pool_init acpi_os_initialize1 acpi_init acpi_ut_create_internal_object_dbg
acpi_ex_create_method acpi_ds_load2_end_op acpi_ds_exec_end_op acpi_ps_parse_loop acpi_ps_parse_aml
acpi_ps_execute_table acpi_ns_execute_table acpi_ns_load_table acpi_tb_load_namespace acpi_ns_search_and_enter
acpi_ns_lookup acpi_ds_load2_begin_op acpi_ds_exec_begin_op acpi_ps_build_named_op acpi_ps_create_op
acpi_ds_build_internal_object acpi_ds_create_node acpi_ds_create_operand acpi_ds_create_operands
acpi_ev_create_gpe_block acpi_ev_gpe_initialize acpi_ev_initialize_events acpi_enable_subsystem
acpi_irq_stats_init acpi_os_install_interrupt_handler acpi_ev_install_xrupt_handlers
acpi_ns_initialize_devices acpi_initialize_objects create_worker worker_thread acpi_device_add
acpi_add_single_object acpi_bus_check_add acpi_ns_walk_namespace acpi_walk_namespace acpi_bus_scan
acpi_scan_init kvasprintf kobject_set_name_vargs dev_set_name acpi_ps_alloc_op acpi_ps_create_scope_op
acpi_ps_execute_method acpi_ns_evaluate acpi_ut_evaluate_object acpi_ut_execute_power_methods
acpi_get_object_info acpi_init_device_object kernfs_create_link sysfs_do_create_link_sd bus_add_device
acpi_ex_allocate_name_string acpi_ex_get_name_string acpi_evaluate_object pci_alloc_host_bridge
pci_create_root_bus acpi_pci_root_create pci_acpi_scan_root acpi_pci_root_add acpi_bus_attach
device_for_each_child acpi_dev_for_each_child pci_register_host_bridge pci_device_add pci_scan_single_device
acpi_evaluate_dsm acpi_ps_alloc_op#2 acpi_ps_complete_this_op acpi_ps_complete_op acpi_check_dsm
sysfs_add_bin_file_mode_ns pci_scan_slot pci_scan_child_bus_extend container_device_attach acpi_pci_link_add
device_add#2 netdev_register_kobject register_netdevice register_netdev __alloc_skb alloc_uevent_skb
kobject_uevent_env loopback_net_init ops_init register_pernet_operations kmalloc_reserve
device_create_groups_vargs device_create_with_groups misc_register vga_arb_device_init mas_alloc_cyclic
mtree_alloc_cyclic simple_offset_add shmem_mknod vfs_mknod devtmpfs_work_loop d_alloc lookup_one_qstr_excl
filename_create kern_path_create get_tree_single tracefs_get_tree simple_pin_fs tracefs_start_creating
tracefs_create_file trace_create_file tracefs_alloc_inode init_trace_printk_function_export d_alloc_parallel
__lookup_slow lookup_one_len init_uprobe_trace init_pipe_fs alloc_super#2 anon_inode_init iomap_dio_init
proc_version_init hugetlbfs_alloc_inode hugetlbfs_fill_super fc_mount mount_one_hugetlbfs init_hugetlbfs_fs
event_trace_init tracer_init_tracefs_work_func process_one_work eventfs_create_dir event_create_dir
__trace_early_add_event_dirs __pnp_add_device pnp_add_device pnpacpi_add_device_handler
acpi_ns_get_device_callback acpi_get_devices pnpacpi_init event_create_dir#2 init_tracer_tracefs
init_tracer_tracefs#2 init_tracer_tracefs#3 init_tracer_tracefs#4 init_tracer_tracefs#5 device_create
chr_dev_init tty_init ip_rt_init ip_init inet_init fib_trie_init ip_fib_init inet_hashinfo2_init tcp_init
inet_hashinfo2_init#2 tcp_init#2 fill_page_cache_func ___kmalloc_large_node __kmalloc_large_node_noprof
__kvmalloc_node_noprof tcp_metrics_init udp_table_init udp_init udplite4_register insert_header
unix_sysctl_register unix_net_init register_pernet_subsys af_unix_init proc_create_net_data bus_register#2
init_clocksource_sysfs clockevents_init_sysfs unpack_to_rootfs do_populate_rootfs async_run_entry_fn
bus_add_device#2 pmu_dev_alloc perf_event_sysfs_init debugfs_create_dir extfrag_debug_init start_creating
__debugfs_create_file proc_create slab_proc_init userfaultfd_init aio_setup ext4_init_post_read_processing
ext4_init_fs setup_ipc_sysctls ipc_sysctl_init alloc_unbound_pwq io_uring_init alloc_empty_file path_openat
do_filp_open file_open_name filp_open do_name flush_buffer gunzip do_populate_rootfs#2 pci_proc_attach_device
pci_proc_init acpi_processor_driver_init __thermal_cooling_device_register acpi_processor_thermal_init
acpi_soft_cpu_online cpuhp_thread_fun smpboot_thread_fn folio_alloc_mpol_noprof shmem_alloc_folio
shmem_alloc_and_add_folio shmem_get_folio_gfp shmem_write_begin generic_perform_write shmem_file_write_iter
__kernel_write_iter kernel_write xwrite.constprop.0 do_copy acpi_rs_get_prt_method_data
acpi_pci_irq_find_prt_entry acpi_pci_irq_lookup acpi_pci_irq_enable do_pci_enable_device walk_component
path_lookupat filename_lookup init_stat clean_path do_copy#2 xas_alloc xas_create xas_store
shmem_add_to_page_cache acpi_ut_copy_iobject_to_iobject acpi_ds_store_object_to_local acpi_ex_opcode_1A_1T_1R
acpi_ut_create_update_state acpi_ut_create_update_state_and_push acpi_ut_update_object_reference
acpi_ds_do_implicit_return acpi_ds_is_result_used acpi_ds_delete_result_if_not_used xas_create#2
acpi_ut_copy_ielement_to_ielement acpi_ut_walk_package_tree acpi_ds_create_buffer_field acpi_ds_exec_end_op#2
register_virtio_device virtio_pci_probe local_pci_probe pci_device_probe
lookup_or_create_module_kobject.part.0 module_add_driver tty_register_device_attr tty_register_driver pty_init
device_add#3 pty_init#2 get_device_parent serial_core_register_port platform_device_add serial8250_init
serial8250_register_ports cpuhp_issue_call __cpuhp_setup_state_cpuslocked __cpuhp_setup_state
cpu_device_create cacheinfo_cpu_online cacheinfo_cpu_online#2 blk_mq_alloc_map_and_rqs blk_mq_alloc_tag_set
loop_add loop_init blk_alloc_queue blk_mq_alloc_queue __blk_mq_alloc_disk __alloc_disk_node bdev_alloc
kobject_create_and_add device_add_disk blk_register_queue blk_mq_debugfs_register_hctx blk_mq_debugfs_register
blk_mq_debugfs_register_hctx#2 bdi_register_va sbitmap_queue_init_node blk_mq_init_bitmaps blk_mq_init_tags
bdi_register blk_alloc_flush_queue blk_mq_alloc_and_init_hctx blk_mq_realloc_hw_ctxs
blk_mq_init_allocated_queue driver_sysfs_add really_probe driver_probe_device __driver_attach bus_for_each_dev
vp_find_vqs_msix vp_find_vqs vp_modern_find_vqs virtblk_probe virtio_dev_probe vring_alloc_queue_split
vring_create_virtqueue_split vring_create_virtqueue setup_vq vp_setup_vq virtio_blk_init
alloc_empty_file_noaccount alloc_file_pseudo_noaccount bdev_file_open_by_dev disk_scan_partitions
mempool_alloc_noprof bio_alloc_bioset submit_bh_wbc.constprop.0 block_read_full_folio filemap_read_folio
do_read_cache_folio read_part_sector read_lba efi_partition bdev_disk_changed alloc_buffer_head
folio_alloc_buffers create_empty_buffers vp_find_vqs_msix#2 blk_mq_init_bitmaps#2 blk_mq_register_hctx
blk_mq_sysfs_register alloc_netdev_mqs blackhole_netdev_init __hw_addr_add_ex dev_addr_init sock_alloc
sock_create_lite __netlink_kernel_create diag_net_init ipv4_sysctl_init_net sysctl_ipv4_init cpu_init_debugfs
create_init_pkru_value param_sysfs_builtin_init krealloc_noprof add_sysfs_param sched_init_debug
sysfs_slab_add slab_late_init sysfs_slab_add#2 split_huge_pages_debugfs cma_debugfs_init cma_debugfs_init#2
pci_create_attr pci_create_resource_files pci_sysfs_init sysfs_create_bin_file alloc_tty_struct
tty_init_dev.part.0 tty_open chrdev_open do_dentry_open vfs_open __vmalloc_node_noprof n_tty_open
tty_ldisc_open tty_ldisc_setup uart_startup uart_port_activate tty_port_open uart_open set_memory_nx
free_init_pages set_memory_rw free_kernel_image_pages alloc_bprm kernel_execve vm_area_alloc vm_area_alloc#2
__anon_vma_prepare __vmf_anon_prepare do_anonymous_page __handle_mm_fault handle_mm_fault __get_user_pages
get_user_pages_remote get_arg_page copy_string_kernel vma_alloc_folio_noprof alloc_new_pud.constprop.0
move_page_tables relocate_vma_down setup_arg_pages load_elf_binary bprm_execve exc_page_fault
asm_exc_page_fault do_fault __do_fault exc_page_fault#2 do_wp_page do_fault#2 __do_sys_clone do_syscall_64
entry_SYSCALL_64_after_hwframe do_execveat_common __x64_sys_execve mas_preallocate vma_link insert_vm_struct
_install_special_mapping map_vdso do_symlinkat __x64_sys_symlink shmem_symlink vfs_symlink kmemdup_noprof
__sigqueue_alloc __send_signal_locked do_notify_parent do_exit do_group_exit __x64_sys_exit_group x64_sys_call
proc_alloc_inode proc_get_inode proc_fill_super __x64_sys_mount do_brk_flags vm_brk_flags elf_load sget
mount_nodev legacy_get_tree proc_pid_make_inode proc_pid_make_base_inode.constprop.0 proc_pid_instantiate
proc_pid_lookup proc_root_lookup link_path_walk.part.0.constprop.0 user_path_at sk_prot_alloc.constprop.0
sk_alloc inet_create __sock_create __sys_socket __x64_sys_socket fib_table_insert fib_magic.isra.0
fib_add_ifaddr fib_inetaddr_event notifier_call_chain blocking_notifier_call_chain __inet_insert_ifa
inetdev_event __dev_notify_flags fib_insert_alias.isra.0 fib_create_info fib_add_ifaddr#2 seq_open single_open
do_sys_openat2 __x64_sys_openat seq_read_iter copy_splice_read splice_file_to_pipe do_sendfile
__x64_sys_sendfile64 folio_alloc_noprof __filemap_get_folio __getblk_slow __ext4_sb_bread_gfp.isra.0
ext4_fill_super get_tree_bdev_flags ext4_sb_breadahead_unmovable ext4_group_desc_init ext4_alloc_inode
iget_locked __ext4_iget __ext4_get_inode_loc __ext4_get_inode_loc_noinmem add_system_zone
ext4_setup_system_zone ext4_mb_add_groupinfo ext4_mb_init __es_insert_extent ext4_es_cache_extent
ext4_cache_extents ext4_find_extent ext4_ext_map_blocks ext4_map_query_blocks ext4_map_blocks ext4_getblk
ext4_bread_batch __ext4_find_entry ext4_lookup __ext4_new_inode ext4_create ext4_read_inode_bitmap
ext4_da_write_begin ext4_buffered_write_iter vfs_write ksys_write ext4_es_insert_extent
ext4_determine_insert_hole ext4_da_get_block_prep ext4_block_write_begin ext4_mkdir vfs_mkdir do_mkdirat
__x64_sys_mkdir ext4_get_inode_loc ext4_reserve_inode_write __ext4_mark_inode_dirty ext4_mb_new_blocks
ext4_bread ext4_append ext4_init_new_dir ext4_mb_new_blocks#2 ext4_read_block_bitmap_nowait ext4_mb_prefetch
ext4_mb_scan_group ext4_mb_scan_groups_linear.constprop.0 ext4_mb_regular_allocator ext4_mb_init_group
ext4_mb_init_group#2 ext4_mb_prefetch_fini proc_lookup_de prepare_exec_creds __mmap_region do_mmap
vm_mmap_pgoff do_open_execat proc_reg_read_iter splice_direct_to_actor do_splice_direct alloc_page_interleave
__kmem_cache_alloc_node kstrdup_const kmalloc_node_trace __alloc_pages_bulk kmalloc_trace devices_init
kobject_get_path __register_one_node alloc_worker init_rescuer inet_frag_wq_init ipc_init_ids ipc_ns_init
kernfs_create_empty_dir sysfs_create_mount_point tracefs_init register_cpu topology_init
kmem_cache_create_usercopy kmem_cache_create uid_cache_init param_sysfs_init lookup_or_create_module_kobject
workqueue_sysfs_register blk_dev_init genhd_device_init mempool_create sysfs_slab_alias __kmem_cache_alias
acpi_ds_build_internal_package_obj acpi_ds_eval_data_object_operands acpi_ds_load2_end_op#2 acpi_sysfs_init
acpi_device_setup_files acpi_device_setup_files#2 acpi_ev_install_space_handler
acpi_install_address_space_handler_internal.part.0 acpi_ev_pci_config_region_setup
acpi_ev_address_space_dispatch acpi_ex_access_region acpi_ex_field_datum_io acpi_ex_extract_from_field
acpi_ex_read_data_from_field acpi_ex_resolve_node_to_value acpi_ds_create_walk_state
acpi_ds_call_control_method acpi_rs_get_method_data acpi_walk_resources acpi_dev_get_resources
acpi_device_setup_files#3 acpi_device_setup_files#4 acpi_ns_get_normalized_pathname acpi_ex_stop_trace_method
acpi_evaluate_integer acpi_bus_get_status acpi_pci_root_add.cold acpi_attr_is_visible acpi_bind_one
acpi_device_notify acpi_bind_one#2 acpi_processor_add register_pernet_device net_dev_init
netdev_queue_update_kobjects rtnl_register_internal rtnl_register neigh_init shmem_get_inode tracefs_get_inode
init_dynamic_event init_fs_namei_sysctls start_creating.part.0 eventpoll_init event_create_dir#3 __create_dir
event_create_dir#4 proc_page_init pskb_expand_head netlink_trim netlink_broadcast genl_register_family
acpi_event_init event_create_dir#5 event_create_dir#6 event_create_dir#7 proto_register neigh_sysctl_register
arp_init __devinet_sysctl_register devinet_init_net devinet_init devinet_sysctl_register inetdev_init
call_netdevice_register_net_notifiers register_netdevice_notifier __vmalloc_node_range#2 inet_ctl_sock_create
tcp_v4_init kvmalloc_node tcp_net_metrics_init __get_free_pages proc_modules_init debugfs_get_inode
slab_sysfs_init __alloc_file write_buffer __gunzip __folio_alloc shmem_alloc_and_acct_folio
__generic_file_write_iter generic_file_write_iter shmem_mkdir init_mkdir dio_init allocate_slab#2
__kmem_cache_create mbcache_init ext4_init_es ext4_init_pending ext4_init_pageio ext4_init_system_zone
ext4_init_mballoc ext4_fc_init_dentry_cache jbd2_journal_init_revoke_table_cache journal_init
jbd2_journal_init_transaction_cache __thermal_cooling_device_register.part.0 acpi_install_notify_handler
__acpi_processor_start acpi_processor_start acpi_ut_initialize_buffer acpi_rs_create_pci_routing_table
pci_enable_device_flags uart_add_one_port blk_stat_alloc_callback pcpu_create_chunk pcpu_balance_workfn
pcpu_create_chunk#2 pcpu_create_chunk#3 pcpu_create_chunk#4 pcpu_populate_chunk percpu_ref_init
vring_alloc_queue virtblk_probe.cold device_add#4 alloc_page_buffers create_page_buffers __vring_new_virtqueue
__xa_insert virtio_net_driver_init sched_init_debug#2 update_sched_domain_debugfs lookup_one_unlocked
lookup_positive_unlocked debugfs_lookup debugfs_lookup_and_remove sched_init_debug#3 uart_port_startup
console_on_rootfs mark_rodata_ro __get_user_pages_remote move_page_tables.part.0 shift_arg_pages
__install_special_mapping wp_page_copy __anon_vma_prepare#2 mmap_region elf_map devpts_fill_super
kernfs_get_inode kernfs_iop_lookup user_path_at_empty new_inode_pseudo rtmsg_ifinfo_build_skb rtmsg_ifinfo
dev_change_flags devinet_ioctl inet_ioctl sock_ioctl __x64_sys_ioctl raw_notifier_call_chain proc_reg_open
generic_file_splice_read __getblk_gfp get_tree_bdev ext4_read_bh pagecache_get_page ext4_fill_super#2
__filemap_add_folio filemap_add_folio ext4_register_sysfs ext4_map_query_blocks.constprop.0
__block_write_begin_int alloc_pipe_info ext4_map_blocks#2 ext4_mb_init_cache proc_pident_instantiate
proc_tgid_base_lookup link_path_walk.part.0.constprop.0#2 __vma_adjust
`;

export const RECORDED_BOOTS: Readonly<Record<'6.1' | '6.12', BootTable>> = {
  '6.12': {
    untouchedPages: 122,
    lastPid: 79,
    pagesetsMs: 646,
    past: {
      on: {
        pages: 1219,
        requests: 4028,
        interleaved: 711,
        events: { pgfault: 1596, pgactivate: 429, pgreuse: 194, pgpgin: 37, pgpgout: 4 },
      },
      off: {
        pages: 1595,
        requests: 4422,
        interleaved: 685,
        events: { pgfault: 1640, pgactivate: 429, pgreuse: 207, pgpgin: 37, pgpgout: 4 },
      },
    },
    tasks: [
      '0 swapper',
      '0 swapper/0',
      '2 kthreadd',
      '1 swapper/0',
      '26 kdevtmpfs',
      '24 kworker/1:0',
      '12 kworker/u8:0',
      '10 kworker/0:0H',
      '20 cpuhp/0',
      '21 cpuhp/1',
      '1 init',
      '41 init',
      '41 busybox',
      '42 mount',
      '43 exe',
      '44 mount',
      '45 mkdir',
      '46 mount',
      '47 init',
      '49 mount',
      '51 ip',
      '52 cat',
      '55 mount',
      '59 uname',
      '60 cat',
      '63 mkdir',
      '68 cat',
      '70 init',
      '70 cat',
      '72 init',
      '72 cat',
      '76 init',
      '76 exe',
      '76 cat',
    ],
    masks: [
      '__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP',
      '__GFP_ZERO|__GFP_ACCOUNT',
      '__GFP_COMP|__GFP_ZERO|__GFP_ACCOUNT',
      '__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_THISNODE',
      '__GFP_COMP|__GFP_ZERO',
      '__GFP_RETRY_MAYFAIL|__GFP_COMP|__GFP_ZERO',
      '',
      '__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_RECLAIMABLE',
      '__GFP_HIGH|__GFP_ZERO',
      '__GFP_HIGH|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_RECLAIMABLE',
      '__GFP_HIGHMEM|__GFP_NOWARN|__GFP_ZERO',
      'GFP_KERNEL|__GFP_HIGHMEM|__GFP_NOWARN|__GFP_ZERO',
      '__GFP_IO|__GFP_FS|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_NOMEMALLOC',
      'GFP_KERNEL|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP',
      'GFP_NOWAIT|__GFP_NORETRY|__GFP_COMP|__GFP_THISNODE',
      'GFP_KERNEL|__GFP_COMP|__GFP_ZERO',
      'GFP_KERNEL|__GFP_RETRY_MAYFAIL|__GFP_COMP|__GFP_ZERO',
      '__GFP_IO|__GFP_FS|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_NOMEMALLOC|__GFP_RECLAIMABLE',
      'GFP_ATOMIC',
      'GFP_ATOMIC|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_RECLAIMABLE',
      'GFP_NOWAIT|__GFP_NORETRY|__GFP_COMP',
      'GFP_KERNEL|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_RECLAIMABLE',
      'GFP_KERNEL|__GFP_ZERO',
      'GFP_ATOMIC|__GFP_ZERO',
      'GFP_KERNEL|__GFP_NOWARN|__GFP_NORETRY|__GFP_NOMEMALLOC',
      'GFP_KERNEL|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_ZERO',
      'GFP_HIGHUSER_MOVABLE|__GFP_COMP',
      'GFP_NOWAIT|__GFP_NORETRY|__GFP_COMP|__GFP_RECLAIMABLE',
      'GFP_NOIO|__GFP_NOWARN|__GFP_NORETRY|__GFP_ZERO',
      'GFP_KERNEL|__GFP_NOWARN|__GFP_ZERO',
      'GFP_NOWAIT|__GFP_NORETRY|__GFP_COMP|__GFP_NOMEMALLOC',
      'GFP_NOFS|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_RECLAIMABLE',
      '__GFP_IO|__GFP_FS|__GFP_NOWARN|__GFP_RETRY_MAYFAIL|__GFP_NORETRY|__GFP_COMP|__GFP_NOMEMALLOC',
      'GFP_ATOMIC|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP',
      'GFP_KERNEL',
      'GFP_KERNEL_ACCOUNT|__GFP_ZERO',
      'GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO',
      'GFP_KERNEL_ACCOUNT|__GFP_COMP|__GFP_ZERO',
      'GFP_NOFS|__GFP_COMP|__GFP_HARDWALL',
      'GFP_NOWAIT|__GFP_COMP',
      '__GFP_IO|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_NOMEMALLOC|__GFP_RECLAIMABLE',
      'GFP_NOFS|__GFP_NOFAIL|__GFP_COMP|__GFP_HARDWALL|__GFP_MOVABLE',
      'GFP_NOFS|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_HARDWALL|__GFP_RECLAIMABLE',
      'GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_WRITE',
      'GFP_NOFS|__GFP_COMP',
    ],
    flags: [
      'head',
      '',
      'workingset',
      'referenced|uptodate|dirty|lru|swapbacked',
      'referenced|uptodate|dirty|lru|active|swapbacked',
      'uptodate|dirty|lru|active|swapbacked',
      'referenced|uptodate|lru|active|swapbacked',
      'uptodate|lru|swapbacked',
      'dirty|lru|active|private',
      'referenced|dirty|lru|active|private',
      'referenced|lru|active|private',
      'uptodate|dirty|lru|private',
      'uptodate|lru|active',
      'referenced|uptodate|lru',
      'uptodate|owner_2|swapbacked',
      'referenced|uptodate|lru|active|owner_2|swapbacked',
      'uptodate|lru|owner_2|swapbacked',
    ],
    allocations: `
0082h2g2m2l2k2o13122n050403020100=1.1.9.0.0.1.kx 32s2r2q2w2v2u2t1l0403020100=1.3.0.0.0.1.l1
23a2r2q2w2v2u2t390n0403020100=1.0.0.1.0.1.l8 009082h2g2s2r2q363538370403020100=1.0.0.1.0.1.l5
23k2r2q2w2v3c302z2x0403020100=1.1.7.0.0.1.le 00a09082h2g2s2r2q3635050403020100=1.1.0.0.0.1.l5
00b0a09080706050403020100=1.2.0.0.0.0.ez 50e0d0c020100=1.0.1.1.0.0.f0 50i0h0g0f020100=1.0.1.1.0.0.f1
70j020100=1.0.2.1.0.0.f1 70k020100=1.0.2.1.0.0.f1 60m0l020100=1.0.2.1.0.0.f1 40p0o0n0403020100=1.0.0.1.0.0.f2
60s0100=1.0.4.1.0.0.f3 70r04030100=1.2.3.0.0.0.f2 70t0100=2.0.5.1.0.0.f3 50q0n0403020100=1.0.0.1.0.0.f2
50v0u020100=1.6.6.1.0.0.f4 50w0o0s0100=1.0.4.1.0.0.f4 80t0100=2.0.5.1.0.0.f5
4100z0y0x0n0403020100=1.0.0.1.0.0.f6 4161514131211050403020100=1.1.7.0.0.1.f9 5170n0403020100=1.1.0.0.0.1.fj
61804030100=1.1.3.0.0.1.fj 419171804030100=1.1.3.0.0.1.fy 41d1c1b1a050403020100=g.0.0.1.0.1.gd.5
71e050403020100=u.0.0.1.0.1.gd.5 41h1g1f050403020100=1.0.0.1.0.1.gk 71k0403020100=1.0.0.1.0.1.gm
51j1i04030100=1.1.3.0.0.1.gk 41n1m1l0403020100=1.0.0.1.0.1.gp 51o0r0403020100=1.0.0.1.0.1.gq
41s1r1q1p0j020100=1.0.4.1.0.1.gs 80k020100=1.0.4.1.0.1.gs 81t020100=1.0.4.1.0.1.gs
41y1x1w1v1u020100=1.0.6.1.0.1.gv 91u020100=1.0.6.1.0.1.gx 41z171804030100=1.1.3.0.0.1.h4
4222120050403020100=1.0.0.1.0.1.hy 42524230n0403020100=1.1.0.0.0.1.i1 52a29282726050403020100=1.0.0.1.0.1.i1
a2b1804030100=1.0.3.1.0.1.i2 62d2c050403020100=1.0.0.1.0.1.i2 42h2g2f2e020100=1.3.8.1.0.1.ku.0/
62j26050403020100=1.0.0.1.0.1.kw 62m2l2k050403020100=1.0.0.1.0.1.kx 62s2r2q2p1l0403020100=1.0.0.1.0.1.l0
52i2f2e020100=1.3.8.1.0.1.kv.0/ 43e3d0n0403020100=1.1.0.0.0.1.la 43h3g3f050403020100=1.0.0.1.0.1.lc
53i3e3d0n0403020100=1.3.0.0.0.1.ld 53j3e3d0n0403020100=1.2.0.0.0.1.ld 43n3m3l0n0403020100=1.3.0.0.0.1.li
43r3q3p3o050403020100=1.3.0.0.0.1.lz 8180403020100=1.3.0.0.0.1.lu 83u020100=3.0.a.1.0.1.lw
93t3s0100=1.0.a.1.0.1.lw 83v050403020100=1.2.0.0.0.1.lz 83x050403020100=1.0.0.1.0.1.m0
73w050403020100=1.2.0.0.0.1.lz 53z3p3o3u020100=3.0.a.1.0.1.me 93y3s0100=1.0.a.1.0.1.me
02h2g2s2r2q2w2v3234332x0403020100=1.0.7.1.0.1.l5 13a2r2q2w2v3c302z3b2x0403020100=1.2.7.0.0.1.l8
02s2r2q2w2v3231302z2y2x0403020100=1.2.0.0.0.1.l3 04147464o5n5o5c5b5a2k050403020100=1.0.d.1.0.3.vf
262456p5o5c5b5a2k050403020100=1.0.d.1.0.3.x2 46q5o5c5b5a2k050403020100=1.0.d.1.0.3.x3
56s5c5b5a2k050403020100=1.0.d.1.0.3.x7 46r5o5c5b5a2k050403020100=1.0.d.1.0.3.x6
56s5c5b5a2k050403020100=1.0.d.1.0.3.x7 46t5o5c5b5a2k050403020100=1.0.d.1.0.3.x7
4a3a1a0302za22x0403020100=1.1.h.0.0.3.18p 4b5b4b3b7b626050403020100=1.0.d.1.0.3.19t
4c59k9j9i609d1l0403020100=1.3.c.0.0.3.1au 4e6e5e4878638370403020100=2.0.d.1.0.3.1y8.15
4e8e5e4878638370403020100=2.0.d.1.0.3.20m.1u 4enemelekf2f1f01i04030100=1.1.e.0.0.3.23y
4gibn9g9fgh3d0n0403020100=1.3.c.0.0.3.25i 4gl5o5c5b5a2k050403020100=e.0.d.2.0.3.25m.8,4.0.d.1.0.3.25w.2
14x4w9r9q9p31302z2y2x0403020100=o.2.c.0.0.4.17o.wp 69o9n9m1f050403020100=1.0.k.1.0.4.17o
a1k0403020100=2.0.k.1.0.4.1yf.1y 27xakajava0302za22x0403020100=1.1.h.0.0.6.18x
5axa0302za22x0403020100=2.1.h.0.0.6.18y 5aya0302za22x0403020100=1.1.h.0.0.6.191
04241403z3p3o050403020100=3.3.c.0.0.2.pb.7w 61804030100=2.3.e.0.0.2.pm.7 9020100=4.3.c.0.0.2.p2.85
63u0100=16.0.b.1.0.2.p2.1w8 7020100=23.0.b.1.0.2.p2.mg 70r0403020100=1.0.d.1.0.2.uq 73s0100=e.0.b.1.0.2.p2.1w8
73y3s0100=p.0.b.1.0.2.p2.mg 74f1i0403020100=1.0.d.1.0.2.uq 84e1804030100=1.0.e.1.0.2.ps
84p180403020100=1.0.d.1.0.2.uq,1.0.d.2.0.2.1ap 63x050403020100=2.0.d.1.0.2.ur.61
74t4s050403020100=1.1.h.0.0.2.ur 64c1l0403020100=1.0.d.1.0.2.ur 64r4q050403020100=1.0.d.1.0.2.ur
53w050403020100=3.2.c.0.0.2.pd.ki 2474645443e430n0403020100=1.0.d.1.0.3.pb 5483e3d0n0403020100=1.0.d.1.0.3.pn
44b4a493o3u0100=3.0.b.1.0.3.po 93s0100=1.0.b.1.0.3.po 84c1l0403020100=1.0.d.1.0.3.po
84d050403020100=1.0.d.1.0.3.po 54m4l4k4j4i4h4g0s0100=2.0.f.1.0.3.pv.1 d0t0100=4.0.g.1.0.3.pv.1
44o4n2q363538370403020100=1.0.d.1.0.3.un 55i5h5e5g1l0403020100=1.0.d.1.0.3.vb
45p5h5e1l0403020100=1.1.c.0.0.3.vg 45s5r5q3f050403020100=1.0.d.1.0.3.vi 65u5t3f050403020100=1.0.d.1.0.3.vi
65z5t3f050403020100=1.0.d.1.0.3.vi 55v5u5t3f050403020100=1.0.d.1.0.3.vi 55w5u5t3f050403020100=1.0.d.1.0.3.vi
90n0403020100=1.0.d.1.0.3.vi 55x5u5t3f050403020100=1.0.d.1.0.3.vi 55y5u5t3f050403020100=1.0.d.1.0.3.vi
36245632f2e020100=1.3.i.1.0.3.vw.0/ 564171804030100=1.1.e.0.0.3.vy 566653d0n0403020100=1.0.d.1.0.3.w7
5681l0403020100=1.3.c.0.0.3.wa 66a690r0403020100=2.2.c.0.0.3.wa 56e1l0403020100=1.1.c.0.0.3.we
56h6g1l0403020100=2.0.d.1.0.3.18s.ui 7e3e21l0403020100=1.0.d.1.0.3.1wn 56l176k6j1l0403020100=1.0.d.1.0.3.wr
56m3e3d0n0403020100=1.0.d.1.0.3.wz 56p26050403020100=1.0.d.1.0.3.x1 56r5o5j5a2k050403020100=1.0.d.1.0.3.x6
56w6v6u050403020100=3.0.d.1.0.3.18r.2b 56x6w6v6u050403020100=1.0.d.1.0.3.xc 66y6v6u050403020100=1.3.c.0.0.3.xe
56y6v6u050403020100=4.3.c.0.0.3.18r 5706z6u050403020100=1.2.c.0.0.3.xq,1.3.c.0.0.3.xq
57271171804030100=1.1.e.0.0.3.xy 67q7p7o7n0n0403020100=1.1.c.0.0.3.10k 67t7s7r0n0403020100=1.0.d.1.0.3.10n
67v7u1l0403020100=1.0.d.1.0.3.11e 5a82r2q2p1l0403020100=1.0.d.1.0.3.18q 5ab020100=1.4.m.1.0.3.18r
5ac5u5t3f050403020100=1.0.d.1.0.3.18r 5b1b09i1l0403020100=1.1.c.0.0.3.196 5b5b4b32f2e020100=1.6.n.1.0.3.19j.0/
6b92f2e020100=1.5.i.1.0.3.19z.0/ 7b82f2e020100=1.2.i.1.0.3.19z.0/ 7ba2f2e020100=1.6.i.1.0.3.19z.0/
7bgbf0rbebd020100=1.5.p.0.0.3.1a6 6bb2f2e020100=1.7.i.1.0.3.19z.0/ 6bibh2f2e020100=1.3.i.1.0.3.1a7.0/
6bjbh2f2e020100=1.3.i.1.0.3.1a8.0/ 5br5hbq5g1l0403020100=1.0.d.1.0.3.1aj 5bs601l0403020100=1.0.d.1.0.3.1ak
5bybx1l0403020100=1.1.c.0.0.3.1an 5c0bz302z2x0403020100=1.1.h.0.0.3.1aq 5c4c35t3f050403020100=1.0.d.1.0.3.1aq
5c526050403020100=1.0.d.1.0.3.1au 72b1804030100=1.0.e.1.0.3.1au 69k9j9i1l0403020100=1.1.c.0.0.3.1at
9601l0403020100=1.0.d.1.0.3.1at 5c8c76z6u050403020100=2.0.l.1.0.3.1ay 90r0403020100=1.2.c.0.0.3.1ay
5cac93d0n0403020100=1.1.c.0.0.3.1b1 5cc176k6jcb180403020100=1.1.c.0.0.3.1b2
5cncm5z5t3f050403020100=1.0.d.1.0.3.1ba 5e6e5e41l0403020100=g.1.c.0.0.3.1x1.2c
8601l0403020100=g.0.d.1.0.3.1x1.2c 5e8e5e41l0403020100=g.1.c.0.0.3.1zi.2y 8601l0403020100=g.0.d.1.0.3.1zi.2y
5enem1l0403020100=1.1.c.0.0.3.24c 7elek0100=8.4.s.1.0.3.23j.w 90r04030100=2.2.e.0.0.3.242.a
7eqepeo180403020100=1.2.c.0.0.3.23k 7eu601l0403020100=1.0.d.1.0.3.24c 5gag90r0403020100=1.3.w.0.0.3.25g
7gcgb1l0403020100=1.0.x.1.0.3.25g 5gkc2302z2x0403020100=1.1.h.0.0.3.25k
5gl5o5j5a2k050403020100=1.0.d.2.0.3.25v 6e21l0403020100=1.0.d.1.0.3.25n
6gngm370403020100=2.0.d.1.0.3.25n.9,1.1.c.0.0.3.25x,1.2.c.0.0.3.25y 5goc2302z2x0403020100=1.1.h.0.0.3.25z
5gq8h8g5a2k050403020100=2.0.d.1.0.3.26h 5gsc2302z2x0403020100=1.1.h.0.0.3.26k
5guc2302z2x0403020100=1.1.h.0.0.3.26l 5gxgwgv0n0403020100=1.0.x.1.0.3.26l 3hehd1v1u020100=1.0.y.1.0.3.26x
3hghf1v1u020100=1.0.y.1.0.3.29g 71u020100=1.0.y.1.0.3.29h 3hihh06050403020100=1.2.c.0.0.3.29l
50e0d0c020100=1.0.z.1.0.3.29m 5hj050403020100=1.0.d.1.0.3.29m 5hk050403020100=1.0.d.1.0.3.29m
4hthshrhqhphohnhu020100=1.0.10.6.1.3.29p 4i0hzhyhxhw0k020100=1.0.11.1.0.a.2a4 90m0l020100=1.0.11.1.0.a.2a4
9hv0g0f020100=1.0.z.1.0.a.2a4 a0j020100=1.0.11.1.0.a.2a4 24x4w4v4u4d050403020100=1.0.d.1.0.4.uu
64z4y050403020100=1.0.d.1.0.4.uu 5555453050403020100=1.3.c.0.0.4.uw 6572p561l0403020100=1.0.d.1.0.4.ux
7363538370403020100=1.0.d.1.0.4.uy 759581l0403020100=1.0.d.1.0.4.uy
49r9v9u9t9s332x0403020100=p.0.l.1.0.4.17o.ut 37x7w1i04030100=1.0.e.1.0.5.11u
4akaja0302za22x0403020100=1.1.h.0.0.6.192 6aianam1l0403020100=2.0.d.1.0.6.18u.3
9al1l0403020100=g.0.d.1.0.6.18u.3 8aual1l0403020100=1.0.d.1.0.6.18x 5bc0c020100=5.0.o.1.0.7.1a5
5bvbubt1l0403020100=1.3.c.0.0.6.1al 3ctcs4hcrcqcp1l0403020100=1.2.c.0.0.8.1bd
6eieh1l0403020100=1.1.c.0.0.9.23b 8601l0403020100=1.0.d.1.0.9.23b
045662r2q2w2v3c302z672x0403020100=1.2.h.0.0.3.w7 16d6c5l6b5o5c5b5a2k050403020100=5.0.d.1.0.3.wd
16i6h6g6f5l5k5j5a2k050403020100=1.0.d.1.0.3.wi 1727t7s7r5o5c5b5a2k050403020100=1.0.d.1.0.3.10q
284838281807z7y601l0403020100=3.0.d.1.0.3.12y.p 1ahagaf2w2vae302zad2x0403020100=1.1.c.0.0.3.18s
1bn9g9fgggfgegd2z672x0403020100=1.2.h.0.0.3.25i 1egefee4h5o925b5a2k050403020100=1.0.d.1.0.3.23b
1enemeu605d5c5b5a2k050403020100=1.0.d.1.0.3.24f 4evexewbz302z2x0403020100=1.1.h.0.0.3.246
7c2302z2x0403020100=7.1.h.0.0.3.23v.l 6eyc2302z2x0403020100=5.1.h.0.0.3.23w.k
1gl5o5j5a2k2o13122n050403020100=2.1.j.0.0.3.25o.3 047464o5f5e5d5c5b5a2k050403020100=1.0.d.1.0.3.vb
1624561605d5c5b5a2k050403020100=1.0.d.1.0.3.vu 36h6ge38h8g5a2k050403020100=1.0.d.2.0.3.25g
36o6n5o5c5b5a2k050403020100=1.0.d.1.0.3.x1 37284838281807z1l0403020100=4.3.c.0.0.3.12t.13
3bs605d5c5b5a2k050403020100=1.0.d.1.0.3.1ak 3c0c2c1a6a5a4332x0403020100=1.0.l.1.0.3.1aq
3c62r2q2w2v2u2t1l0403020100=1.3.c.0.0.3.1au 3enemeqepf7f6f5f40r04030100=1.1.e.0.0.3.248
6er6w6v6u050403020100=1.0.d.1.0.3.23o 5eu8h8g5a2k050403020100=1.0.d.1.0.3.24b
6evbz302z2x0403020100=1.1.h.0.0.3.24c 3fn6h6gfcfbfaf9fhfgelek0100=8.4.s.1.0.3.24l.o
3gjbzc1a6a5a4332x0403020100=1.0.l.1.0.3.25k 3gle25d5c5b5a2k050403020100=1.0.d.2.0.3.25w
3gobzc1a6a5a4332x0403020100=1.0.l.1.0.3.260 3gqgp5o5c5b5a2k050403020100=10.0.d.1.0.3.261.g
4gr5o5c5b5a2k050403020100=2g.0.d.1.0.3.261.d 3gtc2c1a6a5a4332x0403020100=1.0.l.1.0.3.26l
04hejeh606b5o5c5b5a2k050403020100=2.0.d.1.0.9.23b 04w4v4u4z4y5251503538370403020100=1.0.d.1.0.4.uv
04x4w4v4u4z4y52515035050403020100=1.1.c.0.0.4.uv 17xakajaia1a0302za22x0403020100=1.1.h.0.0.6.18t
05n5h5e5g5m5l5k5j5a2k050403020100=1.0.d.1.0.3.ve 062456h6g6b5o5c5b5a2k050403020100=1.0.d.1.0.3.23b
46f5l5k5j5a2k050403020100=1.0.d.1.0.3.23a 2a7a1a09za6a5a4332x0403020100=1.0.l.1.0.3.18q
2a82r2q2w2v2ua9390n0403020100=1.0.d.1.0.3.18q 2aa2r2q2w2v3c302z2x0403020100=1.1.h.0.0.3.18q
2atas81araqapao601l0403020100=1.0.d.1.0.3.18x 2b1b09i978h8g5a2k050403020100=1.0.d.1.0.3.195
2bobn9g9fbmbl3dbk0n0403020100=1.0.d.1.0.3.1a9 7bp5t3f050403020100=1.0.d.1.0.3.1a9
2br5h5e5d5c5b5a2k050403020100=1.0.d.1.0.3.1aj 2bybx60bw8h8g5a2k050403020100=1.0.d.1.0.3.1an
2co6h6g5d5c5b5a2k050403020100=1.0.d.1.0.3.1bb 2e6e5e4608h8g5a2k050403020100=6.0.d.1.0.3.1wn.o
5e78h8g5a2k050403020100=19.0.d.1.0.3.1xf.1y 2e8e5e4e78h8g5a2k050403020100=1g.0.d.1.0.3.1ze.33
2eceb60bw8h8g5a2k050403020100=1.0.d.1.0.3.234 2enemeqeres302z3b2x0403020100=1.2.h.0.0.3.23o
4euevexc2302z2x0403020100=2.1.h.0.0.3.249.2 5f3ezc2302z2x0403020100=1.1.h.0.0.3.24c
2gle26f5l5k5j5a2k050403020100=2.0.d.2.0.3.25m.9 2gqgp6f5l5k5j5a2k050403020100=1.0.d.1.0.3.26f
2gxgwgvgy925b5a2k050403020100=1.0.d.1.0.3.26l 06b5o5c5b5a2k2o13122n050403020100=3.1.j.0.0.3.14z.10c
06c5l5k5j5a2k2o13122n050403020100=1.1.j.0.0.3.1x6 06gfcfbfaf9f88h8g5a2k050403020100=1.0.d.1.0.3.24h
5fhfgfffefd0n0403020100=1.1.c.0.0.3.24i 9g50n0403020100=1.0.d.1.0.3.258
06n5o5c5b5a2k2o13122n050403020100=1.1.j.0.0.3.x1 07978777i7h7g7f7e7d2c050403020100=4.0.d.1.0.3.zi.c
07b7a79787776757k7j73050403020100=2.0.d.1.0.3.zj.2 77m7l73050403020100=1.0.d.1.0.3.zq
07c7b7a79787776757473050403020100=3.0.d.1.0.3.zf.f 07xakajawa09za6a5a4332x0403020100=1.0.l.1.0.6.18y
3axa09za6a5a4332x0403020100=1.0.l.1.0.6.18y 3aza09za6a5a4332x0403020100=1.0.l.1.0.6.192
0807z7y606b5o5c5b5a2k050403020100=9.0.d.1.0.3.12n.1a 28f8e8d8c8b8a8988050403020100=1.0.d.1.0.3.12y
081807z7y605d5c5b5a2k050403020100=4.0.d.1.0.3.12v.d 58i8h8g5a2k050403020100=2.0.d.1.0.3.131.9
0847z7y606b5o5c5b5a2k050403020100=1.0.d.1.0.3.173 1838281807z7y878685370403020100=1.0.d.1.0.3.12w
28r8t8s8r8t8s8r961l0403020100=1.0.d.1.0.3.16z
08a787776dmdldkdvdu73050403020100=2.0.d.2.0.3.1ja.9u,1.0.d.1.0.3.1uu
4dsdrdqdpdodn050403020100=2.0.d.1.0.3.1dj.47 08b8a7877dx75dw7e7d2c050403020100=1.0.d.1.0.3.1me
08c8b8a787776dmdldk73050403020100=1.0.d.1.0.3.1fj,1.0.d.2.0.3.1s8
08l8b8a7877767m7l8k8j0n0403020100=1.0.d.1.0.3.13y 08q8p8o8n8u608h8g5a2k050403020100=1.0.d.1.0.3.14a
08s8r8q8p8o94938w8v601l0403020100=1.0.d.1.0.3.162 28t8s8r8q8p8o8n8m0n0403020100=1.2.c.0.0.3.146
08t8s8r95605d5c5b5a2k050403020100=1.0.d.1.0.3.16w 08w8v608i6b5o5c5b5a2k050403020100=7.0.d.1.0.3.14s.1z
6925b5a2k050403020100=1.0.d.1.0.3.15i 08x8l8b8a7877767m7l73050403020100=1.0.d.1.0.3.14t
0918x8l8b8a7877908z8y050403020100=1.0.d.1.0.3.14u 0975d5c5b5a2k2o13122n050403020100=2.1.j.0.0.3.1zx.1h
09a9998606b5o5c5b5a2k050403020100=1.0.d.1.0.3.179 3976b5o5c5b5a2k050403020100=1.0.d.1.0.3.179
09f9e9a9998609d9c9b9h180403020100=1.1.c.0.0.3.17a 09g9f9e9a9998609d9c9b180403020100=1.0.d.1.0.3.17a
09k9j9i606c5l5k5j5a2k050403020100=1.0.d.1.0.3.1at 09l9k9j9i605d5c5b5a2k050403020100=1.0.d.1.0.3.17n
0a1a09z9y2q2w9x9w2u2t1l0403020100=1.3.c.0.0.3.18p 0araqapao608i8h8g5a2k050403020100=2.0.d.1.0.3.18w.3
0b29j9i606b5o5c5b5a2k050403020100=1.0.d.1.0.3.198 0btckcjcichcgcfcea4332x0403020100=1.0.l.1.0.6.1gl
0c59k9j9i978h8g5a2k38370403020100=1.0.d.1.0.3.1au 0cfceh4h3h2h1h0h8h7h6h53u3t3s0100=1.0.b.1.0.3.26p
0cgcfceh4h3h2h1h0h8h7h6h53u020100=2.0.b.1.0.3.26p 0chcgcfceh4h3h2h1h0gz1l0403020100=1.2.c.0.0.3.26o
8hchbhah90f020100=1.0.m.1.0.3.26q 0cichcgcfce9p31302z2y2x0403020100=1.2.c.0.0.6.1d9
1dedd54dcdbdaa5a4332x0403020100=1.0.l.1.0.6.1bo
0ckcjd4d3d2d1d0czcycxcwcvcu020100=1k.0.q.3.1.6.1bg.ag,1.0.q.4.1.6.1bn.0!,2.0.q.5.1.6.1bn,2.0.q.4.1.6.1lw
2dfd3d2d1d0czcycxcwcvcu020100=pz.0.q.3.1.6.1bp.68,52.0.q.5.1.6.1bp.9n,bj.0.q.4.1.6.1i3.3r!,k.0.q.4.1.6.1lu.1
0clbtckcjcichcgcfcecd050403020100=1.0.d.1.0.6.1b7 0crcqcp606b5o5c5b5a2k050403020100=1.0.d.1.0.8.1be
0cs4hejeh605d5c5b5a2k050403020100=1.0.d.1.0.8.23e 0d1d0czcycxcwdjdidhdg2x0403020100=1.1.r.0.0.6.1bx
8dtdg2x0403020100=2.1.r.0.0.6.1fe.3e 0d58c8b8a787776dmdldk0n0403020100=2.0.d.1.0.3.1d2.55
0d7d6d58c8b8a78777i8y050403020100=1.0.d.1.0.3.1bl 0d9d8d7d6d58c8b8a8988050403020100=1.0.d.1.0.3.1bl
0daa5j8j7j6j5j4302ziu2x0403020100=1.1.h.0.0.i.2go 0e1e0dzdy60bw8h8g5a2k050403020100=1.0.d.1.0.3.1mk
0e4608h8g5a2k2o13122n050403020100=1.1.j.0.0.3.1ym 0eae460e96c5l5k5j5a2k050403020100=1.0.d.1.0.3.22z
0ecedeae4975d5c5b5a2k050403020100=1.0.d.1.0.3.239 0edeae4606b5o5c5b5a2k050403020100=2.0.d.1.0.3.236.2
0emeuevexc2c1a6a5a4332x0403020100=1.0.l.1.0.3.24e 2f3ezbzc1a6a5a4332x0403020100=1.0.l.1.0.3.241
0enemeu606c5l5k5j5a2k050403020100=1.0.d.1.0.3.24d 3et6c5l5k5j5a2k050403020100=2.0.d.1.0.3.23u.6
3evbzc1a6a5a4332x0403020100=1.0.l.1.0.3.24b 0euev6c5l6b5o5c5b5a2k050403020100=g.0.d.1.0.3.23u.1i
2exewbzc1a6a5a4332x0403020100=2.0.l.1.0.3.240.n 4c2c1a6a5a4332x0403020100=7.0.l.1.0.3.23w.1h
3eyc2c1a6a5a4332x0403020100=2.0.l.1.0.3.24b.3 0ezb09i976b5o5c5b5a2k050403020100=5.0.d.1.0.3.23x.q
0f9fhfgeuevexewc2302z2x0403020100=3.1.h.0.0.3.24n.q 6eybz302z2x0403020100=1.1.h.0.0.3.24n
7c2302z2x0403020100=2.1.h.0.0.3.24n.q 4f3ezb09i609d1l0403020100=1.3.c.0.0.3.25d
0fbfaf9fhfgeufrfqfpfo050403020100=1.0.d.1.0.3.24n 5fffefmflfkfjfi2e020100=4.1.t.1.0.3.24j.p/
0fcfbfaf9fhfgelekf2g6f01i04030100=1.1.e.0.0.3.259 0fgeuevexc2c1a6a5a4332x0403020100=1.0.l.1.0.3.25c
0fhfgeue76b5o5c5b5a2k050403020100=1.0.d.1.0.3.25b 3ev6c5l5k5j5a2k050403020100=1.0.d.1.0.3.24n
0g1g0fzfyfxfwfvfuftfs050403020100=1.0.u.1.0.3.24n 7g4g3g2050403020100=1.0.v.1.0.3.24n
0g8g76c5l6b5o5c5b5a2k050403020100=1.0.d.1.0.3.25c 0gl5o5c5b5a2k2o13122n050403020100=1.1.j.0.0.3.25u
0gp5o5c5b5a2k2o13122n050403020100=1.1.j.0.0.3.266 0gr5o5c5b5a2k2o13122n050403020100=3.1.j.0.0.3.262.b
0hihthshrhqhphohnhmhl050403020100=1.0.d.1.0.3.29o 0i2i1hpho0j020100=1.0.11.1.0.a.2ae,1.0.11.1.0.w.2tb
40k020100=1.0.11.1.0.a.2ae,1.0.11.1.0.w.2tc
4hnhu020100=2.0.10.7.1.a.2e3.a7,2.0.10.g.1.w.2tc.1,1.0.10.g.1.x.2tf
4i3hu020100=1.0.q.7.1.a.2ae,1.0.q.g.1.w.2tc 5i40l020100=1.0.11.1.0.a.2ae,1.0.11.1.0.w.2tc
4i7i40l020100=1.0.11.1.0.a.2c1,1.0.11.1.0.w.2td 1i5hpho0k020100=1.0.11.1.0.a.2c1,1.0.11.1.0.w.2td
4hn0m0l020100=1.0.11.1.0.a.2bn,1.0.11.1.0.w.2tc 5hu020100=n.0.10.7.1.a.2b5.cd,6.0.10.g.1.w.2tc.1
4i3hu020100=2.0.q.7.1.a.2b8.8,1.0.q.e.1.w.2tc,1.0.q.g.1.w.2tc
4i6hu020100=3.0.q.7.1.a.2bj.bf,3.0.q.e.1.a.2t8,2.0.q.g.1.w.2tc.1
0i9icibi0hzj0iziy1g1f050403020100=1.0.k.1.0.e.2eo 1ix572w2viwiv302ziu2x0403020100=1.1.h.0.0.d.2eg
4k7k6kckb2zka2x0403020100=1.2.14.0.0.m.2kz 2jadcdbj9daa5a4332x0403020100=1.0.l.1.0.j.2i4
1jwjvcfcekvku302zka2x0403020100=1.2.14.0.0.a.2ls 5lpiv302ziu2x0403020100=1.1.h.0.0.q.2qa
1l8l7l6l5kulblal9kdk4k3k2020100=1.0.15.9.1.p.2ns 0iai9i83p3o180403020100=2.3.c.0.0.a.2cz.3n
53u020100=6.0.b.1.0.a.2e6.v~,9.0.b.1.0.a.2kl.8m 61p1t020100=1.0.f.1.0.a.2qo
63y3s0100=2.0.b.1.0.a.2e5.v~,3.0.b.1.0.a.2kl.8m 53v050403020100=1.2.c.0.0.a.2cz
2icibhh0e0d0c020100=1.0.z.1.0.v.2t9 5hj050403020100=1.0.d.1.0.b.2dc 5hk050403020100=1.0.d.1.0.b.2dc
5lucfcea4332x0403020100=1.0.l.1.0.t.2ro 4hthshrhqhphohnhu020100=1.0.10.f.1.v.2ta
4i0hzhyhxhw0k020100=1.0.11.1.0.w.2tb 90m0l020100=1.0.11.1.0.w.2tb 9hv0g0f020100=1.0.z.1.0.w.2tb
a0j020100=1.0.11.1.0.w.2tb 5lq4q050403020100=1.0.d.1.0.r.2qv 2ijii9u9t9s332x0403020100=d.0.l.1.0.c.2do.6
4ilik31302z2y2x0403020100=b.2.c.0.0.c.2dp.5 69o9n9m1f1k0403020100=1.0.k.1.0.c.2dr
6im370403020100=1.0.d.1.0.c.2dt 2itisiriqipioin050403020100=1.0.x.1.0.c.2e0,1.0.x.1.0.g.2fg
2ix572p561l0403020100=1.0.d.1.0.f.2f8 42wj3j2j12t1l0403020100=1.3.c.0.0.h.2g3
5k7k6k5k4k3k2020100=1.0.12.8.1.m.2ku 7k9k8k4k3k2020100=1.0.13.9.1.m.2kw,1.0.13.a.1.m.2kx
7kckekdk4k3k2020100=1.0.15.9.1.m.2l0 7kgkf050403020100=1.0.d.1.0.m.2lc 7kikh050403020100=4.0.v.1.0.m.2le
2jgjfjejdjcjb050403020100=1.2.c.0.0.k.2iv 2jwjvcfceh4h3jujt050403020100=1.0.d.1.0.l.2jm,1.0.d.1.0.o.2mg
6ktkskrkqk4k3k2020100=1.0.15.9.1.a.2lq 6kvkukwk4k3k2020100=1.0.15.9.1.a.2ls
2k1k0jzjyjx0r0403020100=1.3.c.0.0.l.2jn 4lxlwjylvjxbf0r0403020100=1.3.c.0.0.u.2rt
2l0kzkyczkxk3k2020100=3.0.17.b.1.a.2m1.16,1.0.17.b.1.n.2m8 2l8l7l6l5kukwk4k3k2020100=1.0.15.9.1.p.2ns
6lfleldkqk4k3k2020100=1.0.15.9.1.p.2o1 2ltlslrid1f050403020100=1.0.d.1.0.s.2qz
0ibhthshrhqhphohnhmhl050403020100=1.0.d.1.0.b.2dd 0icibi0hzihigifieid1f050403020100=1.0.d.1.0.c.2di
0jljojnjmjljkjjjijhjq050403020100=1.0.d.1.0.k.2iz 6jsjijhjr0n0403020100=1.0.d.1.0.k.2j1
0jpjljojnjmjljkjjjijh050403020100=1.0.d.1.0.k.2iz 0jvcfcektkskrkqk4g3g2050403020100=1.0.16.1.0.a.2lq
0kskrkqkpkoknkmklkkkj050403020100=1.0.j.1.0.a.2lp 0kyczkxl4l3koknl2l1kj050403020100=1.0.j.1.0.n.2m8
0l5lfleldkqkpknlclllolmk3k2020100=f.0.18.d.1.p.2ny.1 alnk3k2020100=f.0.18.d.1.p.2ny.1
0l7l6l5lfleldkqkpknlc050403020100=1.0.v.1.0.p.2nt 9lg050403020100=1.0.v.1.0.p.2nt
0ldkqkpknlclllkljlilhk4k3k2020100=1.0.15.9.1.p.2nu,f.0.15.a.1.p.2nu.1
0lfleldkqkpknlclllkljlmk3k2020100=1.0.18.c.1.p.2nw alnk3k2020100=1.0.18.c.1.p.2nw
`,
  },
  '6.1': {
    untouchedPages: 126,
    lastPid: 74,
    pagesetsMs: 0,
    past: {
      on: {
        pages: 1139,
        requests: 3962,
        interleaved: 652,
        events: { pgfault: 1603, pgactivate: 428, pgreuse: 197, pgpgin: 37, pgpgout: 4 },
      },
      off: {
        pages: 1165,
        requests: 3985,
        interleaved: 622,
        events: { pgfault: 1639, pgactivate: 428, pgreuse: 206, pgpgin: 37, pgpgout: 4 },
      },
    },
    tasks: [
      '1 swapper/0',
      '2 kthreadd',
      '21 kdevtmpfs',
      '9 kworker/u4:0',
      '8 kworker/0:0H',
      '24 kworker/u4:1',
      '14 cpuhp/0',
      '15 cpuhp/1',
      '18 kworker/1:0',
      '1 init',
      '35 init',
      '35 busybox',
      '36 mount',
      '37 exe',
      '40 mount',
      '43 mount',
      '45 ip',
      '46 cat',
      '49 mount',
      '53 uname',
      '54 cat',
      '57 mkdir',
      '60 init',
      '63 init',
      '63 exe',
      '67 cat',
      '70 init',
      '70 exe',
      '70 cat',
    ],
    masks: [
      'GFP_KERNEL|__GFP_NOWARN|__GFP_NORETRY',
      'GFP_KERNEL|__GFP_HIGHMEM|__GFP_NOWARN|__GFP_ZERO',
      '__GFP_IO|__GFP_FS|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_NOMEMALLOC',
      '__GFP_IO|__GFP_FS|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_NOMEMALLOC|__GFP_RECLAIMABLE',
      'GFP_ATOMIC',
      'GFP_ATOMIC|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_RECLAIMABLE',
      'GFP_KERNEL|__GFP_NOWARN|__GFP_NORETRY|__GFP_RECLAIMABLE',
      'GFP_NOWAIT|__GFP_IO|__GFP_FS|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_NOMEMALLOC',
      'GFP_ATOMIC|__GFP_ZERO',
      'GFP_KERNEL|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_ZERO',
      'GFP_KERNEL|__GFP_NOWARN|__GFP_NORETRY|__GFP_NOMEMALLOC',
      'GFP_HIGHUSER_MOVABLE|__GFP_COMP',
      '__GFP_IO|__GFP_FS|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_NOMEMALLOC|__GFP_HARDWALL',
      'GFP_NOWAIT|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_RECLAIMABLE',
      'GFP_NOIO|__GFP_NOWARN|__GFP_NORETRY|__GFP_ZERO',
      'GFP_NOIO|__GFP_HIGHMEM|__GFP_NOWARN|__GFP_NORETRY|__GFP_ZERO',
      'GFP_NOIO|__GFP_ZERO',
      'GFP_NOIO|__GFP_HIGHMEM|__GFP_NOWARN|__GFP_NORETRY',
      'GFP_KERNEL|__GFP_NOWARN|__GFP_ZERO',
      'GFP_NOFS|__GFP_NOWARN|__GFP_NORETRY|__GFP_RECLAIMABLE',
      '__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_NOMEMALLOC',
      'GFP_KERNEL|__GFP_ZERO',
      'GFP_KERNEL',
      'GFP_KERNEL_ACCOUNT|__GFP_ZERO',
      'GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO',
      'GFP_ATOMIC|__GFP_NOWARN|__GFP_NORETRY',
      'GFP_NOWAIT|__GFP_NOWARN|__GFP_NORETRY|__GFP_NOMEMALLOC',
      'GFP_NOFS|__GFP_NOFAIL|__GFP_COMP|__GFP_HARDWALL',
      '__GFP_IO|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_NOMEMALLOC|__GFP_RECLAIMABLE',
      'GFP_NOFS|__GFP_NOFAIL|__GFP_COMP|__GFP_HARDWALL|__GFP_MOVABLE',
      'GFP_ATOMIC|__GFP_NOWARN|__GFP_NORETRY|__GFP_RECLAIMABLE',
      'GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_WRITE',
      'GFP_NOFS|__GFP_COMP',
    ],
    flags: [
      'slab',
      '',
      'slab|head',
      'head',
      'referenced|uptodate|dirty|lru|swapbacked',
      'referenced|uptodate|dirty|lru|active|swapbacked',
      'uptodate|dirty|lru|active|swapbacked',
      'referenced|uptodate|lru|active|swapbacked',
      'uptodate|lru|swapbacked',
      'dirty|lru|active|private',
      'referenced|dirty|lru|active|private',
      'referenced|lru|active|private',
      'uptodate|dirty|lru|private',
      'uptodate|lru|active',
      'referenced|uptodate|lru',
      'uptodate|mappedtodisk|swapbacked',
      'referenced|uptodate|lru|active|mappedtodisk|swapbacked',
      'uptodate|lru|mappedtodisk|swapbacked',
    ],
    allocations: `
041403z3p3o0504030100=2.3.2.2.0.1.bp.7n 51804030100=3.3.2.2.0.1.bp.7n 53u0100=13.0.1.1.0.1.bp.149
60rlz04030100=1.0.0.0.0.1.bp 64f4e1804030100=2.0.0.0.0.1.bp.1t 7m1lz04030100=2.0.0.0.0.1.bp.18
6m20100=d.0.1.1.0.1.bp.149 53x0504030100=1.0.0.0.0.1.bp 64t4s0504030100=1.1.3.2.0.1.bp
54cm3lz04030100=1.0.0.0.0.1.bp 54r4q0504030100=2.0.0.0.0.1.bp.b 5om0100=9.0.1.1.0.1.iw.xe
6m20100=3.0.1.1.0.1.iw.xe 43w0504030100=1.2.2.2.0.1.bp 14746455em3lz0403ly0100=1.1.2.2.0.0.cd
4632f2ely0100=1.3.4.1.0.0.c2.0/ 4686a690rlz0403ly0100=2.2.2.2.0.0.c9.1 5m3lz0403ly0100=1.3.2.2.0.0.c9
46h6gm3lz0403ly0100=1.0.0.0.0.0.13f 46l17mm60m3lz0403ly0100=1.0.0.0.0.0.d1
46p5o5c5b5a2k050403ly0100=1.0.0.0.0.0.d8 46q5o5c5b5a2k050403ly0100=1.0.0.0.0.0.dd
46w6v6u050403ly0100=3.0.0.0.0.0.hz.2i 46x6w6v6u050403ly0100=1.0.0.0.0.0.di 56y6v6u050403ly0100=1.3.2.2.0.0.di
46y6v6u050403ly0100=5.3.2.2.0.0.hz.2i 470mimhmrmqm3lz0403ly0100=1.0.0.0.0.0.dk
5mp6u050403ly0100=1.1.2.2.0.0.dk,1.2.2.2.0.0.dk,1.3.2.2.0.0.dk 4725q3f050403ly0100=1.0.0.0.0.0.ek
4aa2r2q3635050403ly0100=1.0.0.0.0.0.hz 4b1b09i60m3lz0403ly0100=1.0.0.0.0.0.id
4b5b4b32f2ely0100=1.6.8.1.0.0.is.0/ 5b92f2ely0100=1.5.4.1.0.0.iy.0/ 6b82f2ely0100=1.2.4.1.0.0.ix.0/
6ba2f2ely0100=1.6.4.1.0.0.ix.0/ 6bgbn9g9foqop0rbe0100=1.5.9.3.0.0.j0 5bb2f2ely0100=1.7.4.1.0.0.iy.0/
5bibh2f2ely0100=1.3.4.1.0.0.j1.0/ 5bjbh2f2ely0100=1.3.4.1.0.0.j1.0/ 5ocmimh050403ly0100=1.0.0.0.0.0.ik
5oeod3d0nlz0403ly0100=1.2.2.2.0.0.il 4bs61m3lz0403ly0100=1.1.2.2.0.0.je 4c0bzot302z2x0403ly0100=1.1.3.2.0.0.jl
4c8c7mp6u050403ly0100=2.0.0.0.0.0.kb 4cac93d0nlz0403ly0100=1.1.2.2.0.0.kh
4cncm5z5t3f050403ly0100=1.0.0.0.0.0.kj 4e6e5e460m3lz0403ly0100=g.0.0.0.0.0.y6.2e
7m3lz0403ly0100=g.1.2.2.0.0.y6.2e 4e8e5e460m3lz0403ly0100=g.0.0.0.0.0.10x.2a
7m3lz0403ly0100=g.1.2.2.0.0.10x.2a 4ecpoe460m3lz0403ly0100=1.0.0.0.0.0.13e 7m3lz0403ly0100=1.1.2.2.0.0.13f
4enemelek0100=8.4.e.1.0.0.13k.1j 8f2m1lz04p50100=1.0.0.0.0.0.153 6eqeo180403ly0100=2.2.2.2.0.0.13k.k
8pwm3lz0403ly0100=1.0.0.0.0.0.150 7f7pp0nlz0403ly0100=2.2.2.2.0.0.13q.13 9m3lz0403ly0100=1.0.0.0.0.0.14t
6m3lz0403ly0100=2.1.2.2.0.0.13q.3 4goq6c2ot302z2x0403ly0100=1.1.3.2.0.0.160
4gtc2ot302z2x0403ly0100=1.1.3.2.0.0.165 4m917m8m7m1lz0403ly0100=1.0.0.0.0.0.bw
4mbma6a690rlz0403ly0100=1.2.2.2.0.0.bw 4memdmc5a2k050403ly0100=1.0.0.0.0.0.c6
4mjmimh050403ly0100=1.0.0.0.0.0.ch 4mk5o5c5b5a2k050403ly0100=5.0.0.0.0.0.cj.a
65j5a2k050403ly0100=1.0.0.0.0.0.cq 5gngm37lz0403ly0100=1.0.0.0.0.0.cq 5mlm3lz0403ly0100=1.0.0.0.0.0.cr
4momn170nlz0403ly0100=1.1.2.2.0.0.di 4ntnsnrm3lz0403ly0100=1.0.0.0.0.0.ho
4nwa1a0nv302z2x0403ly0100=1.1.3.2.0.0.hy 4nx3e3d0nlz0403ly0100=1.0.0.0.0.0.hz
4nz430nlz0403ly0100=1.0.0.0.0.0.hz 4o3c35t3f050403ly0100=1.0.0.0.0.0.i0 4osc35t3f050403ly0100=1.0.0.0.0.0.jd
4ou8h8g5a2k050403ly0100=1.0.0.0.0.0.k9 5gp8h8g5a2k050403ly0100=3.0.0.0.0.0.jn.5
4p4mimh050403ly0100=1.0.0.0.0.0.ka 7p61804p50100=1.0.0.0.0.0.ka 4q5c2ot302z2x0403ly0100=1.1.3.2.0.0.15z
4qbc2ot302z2x0403ly0100=1.1.3.2.0.0.160 34o4n2q3635m037lz0403ly0100=1.0.0.0.0.0.bo
45f5e5m9dm3lz0403ly0100=1.3.2.2.0.0.bw 8m50nlz0403ly0100=1.0.0.0.0.0.bw 560m3lz0403ly0100=1.0.0.0.0.0.bw
45n5o5c5b5a2k050403ly0100=1.0.0.0.0.0.bw 4m4170nlz0403ly0100=1.1.2.2.0.0.bw 55gm3lz0403ly0100=1.0.0.0.0.0.bw
35s5q3f050403ly0100=1.0.0.0.0.0.bw 45r5q3f050403ly0100=1.0.0.0.0.0.bw 55u5t3f050403ly0100=1.0.0.0.0.0.bw
55z5t3f050403ly0100=1.0.0.0.0.0.bw 45v5u5t3f050403ly0100=1.0.0.0.0.0.bw 45w5u5t3f050403ly0100=1.0.0.0.0.0.bw
45x5u5t3f050403ly0100=1.0.0.0.0.0.bw 2hehd1v1uly0100=1.0.m.1.0.0.16p 2hghf1v1u1uly0100=1.0.m.1.0.0.18k
6ly0100=1.0.m.1.0.0.18j 2hihh0e0dor0100=1.0.n.1.0.0.18o 4hj0504030100=1.0.0.0.0.0.18o
3hthsqfhqhphohl0504030100=1.0.0.0.0.0.18r 9huoy0100=1.0.o.7.1.0.18x 3i0hzhyqhqg0k0100=1.0.n.1.0.9.194
80m0l0100=1.0.n.1.0.9.194 8hv0g0f0100=1.0.n.1.0.9.194 90j0f0100=1.0.n.1.0.9.194
5ihqiifieid1f1k04030100=1.0.0.0.0.9.19c 2qehd1v1uly0100=1.0.m.1.0.0.18e 3hghf1v1u1uly0100=1.0.m.1.0.0.18f
14x4w4v4u4z4y0504030100=1.0.0.0.0.2.bq 45554530504030100=1.3.2.2.0.2.bq 5572p56m3lz04030100=1.0.0.0.0.2.bt
39r9q9pnu302z2y2x04030100=p.2.2.2.0.2.hq.lp 49v530504030100=1.3.2.2.0.2.hq
59u9t9s332x04030100=q.0.6.0.0.2.hq.nd 27xakajaia1a0nv302z2x04030100=1.1.3.2.0.3.hy
6anamm3lz04030100=1.0.0.0.0.3.im 7aum3lz04030100=1.0.0.0.0.3.ju 5awa0nv302z2x04030100=1.1.3.2.0.3.jv
5axa0nv302z2x04030100=2.1.3.2.0.3.jv 5aza0nv302z2x04030100=1.1.3.2.0.3.jv 4bcor0100=5.0.a.1.0.4.j9
4prpqh53u0100=7.0.f.1.0.8.144 8m20100=1.0.f.1.0.8.144 5psh53u0100=8.0.f.1.0.8.144 8m20100=1.0.f.1.0.8.144
5pth53u0100=1.0.f.1.0.8.148 8m20100=1.0.f.1.0.8.148 5puh53u0100=e7.0.f.1.0.8.149.i 81p1tor0100=1.0.g.1.0.8.14r
8m20100=1.0.f.1.0.8.149 5pv0100=6.0.h.1.0.8.14s 61p0j0f0100=1.0.g.1.0.8.14s 70k0100=1.0.g.1.0.8.14s
71tor0100=1.0.g.1.0.8.14s 2ctcs4heieh60m3lz04030100=1.0.0.0.0.6.13h
045662r2q2w2v3c302z672x0403ly0100=1.2.3.2.0.0.c9 16d6c5l6b5o5c5b5a2k050403ly0100=4.0.0.0.0.0.cc
172mvet6c5l5k5j5a2k050403ly0100=1.0.0.0.0.0.ef 1ahagaf2w2vae302zad2x0403ly0100=1.1.2.2.0.0.i0
1b1b09ie75d5c5b5a2k050403ly0100=1.0.0.0.0.0.id 1bybx976b5o5c5b5a2k050403ly0100=1.0.0.0.0.0.je
1c8mhp6gr5o5c5b5a2k050403ly0100=1.0.0.0.0.0.kc 1e6e5e4605d5c5b5a2k050403ly0100=g.0.0.0.0.0.y8.2l
1e8e5e4605d5c5b5a2k050403ly0100=g.0.0.0.0.0.10y.2b 1egefee4h5o5c5b5a2k050403ly0100=1.0.0.0.0.0.13g
1enemeuevexc2ot302z2x0403ly0100=3.1.3.2.0.0.151.2 4f3ezb09i60m3lz0403ly0100=1.0.0.0.0.0.13x
6bzot302z2x0403ly0100=1.1.3.2.0.0.13q 6c2ot302z2x0403ly0100=1.1.3.2.0.0.154
1mk5o5j5a2k2o131211050403ly0100=1.1.5.2.0.0.cq 1q46h6g6f5l5k5j5a2k050403ly0100=1.0.0.0.0.0.15x
046456h6g6b5o5c5b5a2k050403ly0100=1.0.0.0.0.0.13f 46f5l5k5j5a2k050403ly0100=1.0.0.0.0.0.kp
27284838281807zm3lz0403ly0100=3.3.2.2.0.0.et.c 2a82r2q2w2v3c34332x0403ly0100=1.0.6.0.0.0.hz
2b2b09i608h8g5a2k050403ly0100=1.0.0.0.0.0.ie 2b5b9ooonjejdjcjb050403ly0100=1.2.2.2.0.0.iz
2br5h5e5d5c5b5a2k050403ly0100=1.0.0.0.0.0.jd 2bs606c5l5k5j5a2k050403ly0100=1.0.0.0.0.0.je
2c62r2q2w2v2u2tm3lz0403ly0100=1.3.c.2.0.0.ka 2e6b09i978h8g5a2k050403ly0100=1.0.0.0.0.0.13a
3e5e4608h8g5a2k050403ly0100=g.0.0.0.0.0.y7.2d 5978h8g5a2k050403ly0100=g.0.0.0.0.0.y1.2i
2e8e5e4608h8g5a2k050403ly0100=g.0.0.0.0.0.10x.2b 5978h8g5a2k050403ly0100=g.0.0.0.0.0.10v.2c
2eceb605d5c5b5a2k050403ly0100=1.0.0.0.0.0.13e 2enemeqeres302z3b2x0403ly0100=1.2.3.2.0.0.13m
4euevbzot302z2x0403ly0100=1.1.3.2.0.0.13p 5f3ezb09im3lz0403ly0100=2.1.2.2.0.0.14u.8
2goc2c1a6a5a49s332x0403ly0100=1.0.6.0.0.0.15z 2gsc2c1a6a5a49s332x0403ly0100=1.0.6.0.0.0.165
2gxgwgvgy925b5a2k050403ly0100=1.0.0.0.0.0.165 2mgmf605d5c5b5a2k050403ly0100=1.0.0.0.0.0.ch
2ougp6f5l5k5j5a2k050403ly0100=2.0.0.0.0.0.jn.3 3gr6f5l5k5j5a2k050403ly0100=3.0.0.0.0.0.jy.a
14o5im6605d5c5b5a2k050403ly0100=1.0.0.0.0.0.bw 2m45g5m5l5k5j5a2k050403ly0100=1.0.0.0.0.0.bw
04746456o6n5o5c5b5a2k050403ly0100=1.0.0.0.0.0.d6 3enemeqer6w6v6u050403ly0100=2.0.0.0.0.0.13m.17
3fn6h6gfcfbfaf9fhpyelek0100=8.4.e.1.0.0.157.j 3mkml5d5c5b5a2k050403ly0100=1.0.0.0.0.0.ct
3o8o7o6o5o49h37lz0403ly0100=1.1.7.2.0.0.i0 3ougp5o5c5b5a2k050403ly0100=10.0.0.0.0.0.jl.7
4gr5o5c5b5a2k050403ly0100=1x.0.0.0.0.0.jm.n 24o5im66087868537lz0403ly0100=1.0.0.0.0.0.bw
04x7xakajaia1a09y2q2pm3lz04030100=1.0.0.0.0.3.hy 936350504030100=1.0.0.0.0.3.hy
5anama0nv302z2x04030100=6.1.3.2.0.3.i2.1f 7o1nv302z2x04030100=1.1.3.2.0.3.hz
6auo1nv302z2x04030100=1y.1.3.2.0.3.i3.1d 06c5l5k5j5a2k2o131211050403ly0100=2.1.5.2.0.0.yi.32
06h6gfcfbfaf9fhpyelek0rlz04p50100=1.3.k.2.0.0.15q 6pkpjpi73050403ly0100=1.0.0.0.0.0.kl
06wmimhp6gr5o5c5b5a2k050403ly0100=1.0.0.0.0.0.13m 07284838281807z7y60m3lz0403ly0100=3.0.0.0.0.0.ey.9
07978777i7h7g7f7e7d2c050403ly0100=4.0.0.0.0.0.dt.4 07b7a79787776757k7j73050403ly0100=1.0.0.0.0.0.dx
77m7l73050403ly0100=1.0.0.0.0.0.dt 6mtms7j73050403ly0100=1.0.0.0.0.0.du 6mu7m7l73050403ly0100=1.0.0.0.0.0.dv
07c7b7a79787776757473050403ly0100=2.0.0.0.0.0.ds.4 07xakajaia1a09y2q2p56m3lz04030100=1.0.0.0.0.3.hy
4anama1a0nv302z2x04030100=y.1.3.2.0.3.hz.1v 5aua1a0nv302z2x04030100=16.1.3.2.0.3.i3.1e
5o0a1a0nv302z2x04030100=i.1.3.2.0.3.i3.1f 5o2a1a0nv302z2x04030100=1h.1.3.2.0.3.hz.1i
5o9a1a0nv302z2x04030100=u.1.3.2.0.3.i2.1s 5oaa1a0nv302z2x04030100=z.1.3.2.0.3.i4.1q
5oba1a0nv302z2x04030100=3.1.3.2.0.3.i3.1r 3ava0nya6a5a49s332x04030100=1.0.6.0.0.3.jv
3axa0nya6a5a49s332x04030100=1.0.6.0.0.3.jv 3aya0nya6a5a49s332x04030100=1.0.6.0.0.3.jv
07znhng8l8b8a78nfne0nlz0403ly0100=1.0.0.0.0.0.fi 0807z7y606c5l5k5j5a2k050403ly0100=1.0.0.0.0.0.ez
28f8e8d8c8b8a8988050403ly0100=1.0.0.0.0.0.ez 081807z7y608i8h8g5a2k050403ly0100=1.0.0.0.0.0.ew
5bw8h8g5a2k050403ly0100=8.0.0.0.0.0.f1.b 4mw5d5c5b5a2k050403ly0100=1.0.0.0.0.0.et
4mx5d5c5b5a2k050403ly0100=1.0.0.0.0.0.ex 4nc5d5c5b5a2k050403ly0100=1.0.0.0.0.0.fe
4nd5d5c5b5a2k050403ly0100=1.0.0.0.0.0.fi 08a787776dmdldkdvdu73050403ly0100=5.0.0.0.0.0.kw.cg
4dsdrdqdpdodn050403ly0100=2.0.0.0.0.0.lw.3n 08c8b8a787776dmdldk0nlz0403ly0100=2.0.0.0.0.0.m1.5c
973050403ly0100=1.0.0.0.0.0.vf 08o8n8u606b5o5c5b5a2k050403ly0100=1.0.0.0.0.0.fo
08r8t8s8rni8p8o8n8m0nlz0403ly0100=1.2.2.2.0.0.fn 4nnnm8h8g5a2k050403ly0100=1.0.0.0.0.0.hj
1ni8p8o94938w8v60m3lz0403ly0100=1.0.0.0.0.0.fz 08s8r9560nlnk8h8g5a2k050403ly0100=1.0.0.0.0.0.hd
08w8v608i6b5o5c5b5a2k050403ly0100=5.0.0.0.0.0.g9.11 0938w8v606c5l5k5j5a2k050403ly0100=1.0.0.0.0.0.fz
094938w8v605d5c5b5a2k050403ly0100=1.0.0.0.0.0.g8 09a9998606b5o5c5b5a2k050403ly0100=1.0.0.0.0.0.hl
3976b5o5c5b5a2k050403ly0100=1.0.0.0.0.0.hl 09e9a9998nq5o5c5b5a2k050403ly0100=1.0.0.0.0.0.hm
09g9f9e9a9998609d9c9b180403ly0100=1.0.0.0.0.0.hl 0aianama1a0nya6a5a49s332x04030100=z.0.6.0.0.3.hz.1i
2aua1a0nya6a5a49s332x04030100=p.0.6.0.0.3.hz.1v 3o1nya6a5a49s330nlz04030100=1.0.6.0.0.3.i5
2o0a1a0nya6a5a49s332x04030100=19.0.6.0.0.3.hz.1h 2o2a1a0nya6a5a49s332x04030100=k.0.6.0.0.3.i2.1s
2o9a1a0nya6a5a49s332x04030100=8.0.6.0.0.3.i3.1d 2oaa1a0nya6a5a49s332x04030100=s.0.6.0.0.3.i3.1e
2oba1a0nya6a5a49s332x04030100=4.0.6.0.0.3.ic.k 0ajaianama0nya6a5a49s332x04030100=3.0.6.0.0.3.im.18
4o1nya6a5a49s332x04030100=2.0.6.0.0.3.i4.d 3auo1nya6a5a49s332x04030100=p.0.6.0.0.3.i4.1q
0akajaia1a09y2q3635m037lz04030100=1.0.0.0.0.3.hy 0apao608i6b5o5c5b5a2k050403ly0100=1.0.0.0.0.0.ia
0araqapao975d5c5b5a2k050403ly0100=1.0.0.0.0.0.i9 0b3oholokjoojoiod430nlz0403ly0100=1.0.0.0.0.0.iv
0b4b3ohbn9g9fogofim37lz0403ly0100=1.3.2.2.0.0.iu 0c5mimhp6gr5o5c5b5a2k050403ly0100=1.0.0.0.0.0.ka
0c6mimhp6gp5o5c5b5a2k050403ly0100=1.0.0.0.0.0.kb 0cektkskrkqkpknkmklkkkj0504030100=1.0.u.0.0.9.1gj
0cgcfceh3h2h1h0h8h7h6h53u3tm20100=1.0.1.1.0.0.16i 0chcgcfceh3h2h1h0h8h7h6h53uly0100=2.0.1.1.0.0.16i
0cidedd54dcdbdaa5a49s332x04030100=2.0.6.0.0.5.jn.g 0cjowcip3l6p29pnu302z2y2x04030100=1.2.2.2.0.5.jt
0ckoxcjowcichcgcfcecdov0504030100=1.0.0.0.0.5.jn 0cqph60e96c5l5k5j5a2k050403ly0100=1.0.0.0.0.0.kk
0cs4heieh976b5o5c5b5a2k0504030100=2.0.0.0.0.6.13h,2.0.0.0.0.7.13i
0d2d1p1p0czcycxdjdidhdg2x04030100=1.1.d.2.0.5.l8 0d7d6d58c8b8a78777i8y050403ly0100=1.0.0.0.0.0.kq
0d9d8d7d6d58c8b8a8988050403ly0100=1.0.0.0.0.0.kq 0dzpnd9d8d7d6d5pmpl0nlz0403ly0100=1.3.2.2.0.0.sf
0e4606c5l5k5j5a2km037lz0403ly0100=4.0.0.0.0.0.z8.40 1e78h8g5a2k2o131211050403ly0100=2.1.5.2.0.0.101.2x
0ecpoe4976b5o5c5b5a2k050403ly0100=2.0.0.0.0.0.13e.1 0enemeue76b5o5c5b5a2k050403ly0100=4.0.0.0.0.0.13r.1c
3ev6c5l5k5j5a2k050403ly0100=2.0.0.0.0.0.14t.9 4exewbzot302z2x0403ly0100=1.1.3.2.0.0.13t
6c2ot302z2x0403ly0100=8.1.3.2.0.0.13p.1e 5eyc2ot302z2x0403ly0100=3.1.3.2.0.0.13r.13
0euev6c5l6b5o5c5b5a2k050403ly0100=c.0.0.0.0.0.13o.23 2exc2c1a6a5a49s332x0403ly0100=1.0.6.0.0.0.13p
1f3ezb09ie78h8g5a2k050403ly0100=2.0.0.0.0.0.13r.6 3c2c1a6a5a49s332x0403ly0100=2.0.6.0.0.0.13t.11
0evexewbzc1a6a5a49s332x0403ly0100=2.0.6.0.0.0.13x.16 3c2c1a6a5a49s332x0403ly0100=9.0.6.0.0.0.13r.21
2eyc2c1a6a5a49s332x0403ly0100=1.0.6.0.0.0.13p 0ezb09i606b5o5c5b5a2k050403ly0100=1.0.0.0.0.0.15a
0f3ezb09i605d5c5b5a2k050403ly0100=2.0.0.0.0.0.151.2 0f9fhpyfffefmflfkq2m3lz0403ly0100=1.0.0.0.0.0.15l
0fbfaf9fhpyelekf2f1f0m1lz04p50100=1.1.2.2.0.0.157
5fffefmflfkfipx2ely0100=2.1.i.1.0.0.156.1/,1.2.i.1.0.0.15l.0/
0fcfbfaf9fhpyeqf7f6f5m1lz04p50100=1.1.k.2.0.0.15q 6eu97e9m3lz0403ly0100=1.0.0.0.0.0.15r
6fffefd0nlz0403ly0100=1.2.2.2.0.0.15l 0fhpyeqf7f6f5q3didtdg2x0403ly0100=1.1.d.2.0.0.15q
2euet6c5l5k5j5a2k050403ly0100=1.0.0.0.0.0.15r 3evexewc2ot302z2x0403ly0100=4.1.3.2.0.0.15a.i
5eyc2ot302z2x0403ly0100=2.1.3.2.0.0.15a.i 3f3ezb09i609dm3lz0403ly0100=1.3.2.2.0.0.15a
3pz6b5o5c5b5a2k050403ly0100=1.0.0.0.0.0.159 0g0fzfyfxfwfvq1g4q0g2050403ly0100=1.0.j.0.0.0.15c
0goq6qaq9q8q7a5a49s332x0403ly0100=1.0.6.0.0.0.160 0gp5o5c5b5a2k2o131211050403ly0100=3.1.5.2.0.0.jm.6
0gr5o5c5b5a2k2o131211050403ly0100=2.1.5.2.0.0.k6.3 0i2i1hpho0j0f0100=1.0.n.1.0.9.19a,1.0.n.1.0.r.1md
40k0100=1.0.n.1.0.9.19a,1.0.n.1.0.r.1md,1.0.n.1.0.s.1mk
40m0l0100=1.0.n.1.0.9.1a5,1.0.n.1.0.r.1mg,1.0.n.1.0.s.1mk
4huoy0100=p.0.o.8.1.9.19k.98,4.0.o.h.1.r.1md.3,3.0.o.f.1.r.1me.2,1.0.o.h.1.s.1mk
4i3huoy0100=3.0.b.8.1.9.19a.e,3.0.b.h.1.r.1md.1 5i40l0100=1.0.n.1.0.9.19b,1.0.n.1.0.r.1md
4qjhuoy0100=3.0.b.8.1.9.1a2.7x,3.0.b.f.1.9.1mb,1.0.b.h.1.r.1me,1.0.b.f.1.r.1mg
0i9ix572wr3k6k5r4fuftfs0504030100=1.0.q.0.0.i.1fr 1l8l7l6l5kulblal9kdr2r5k3k20100=1.0.t.a.1.l.1ij
0iai9i83p3o1804030100=1.3.2.2.0.9.1cx 53u0100=c.0.1.1.0.9.1at.bf 61p1tor0100=1.0.l.1.0.9.1j9
64f4p1804030100=1.0.0.0.0.9.1jm 6m20100=4.0.1.1.0.9.1at.bf 53x0504030100=1.0.0.0.0.9.1aw
62o1312110504030100=1.1.5.2.0.9.1l4 43w0504030100=1.2.2.2.0.9.1c2 2icibhh060504030100=1.2.2.2.0.a.1b0
50e0dor0100=1.0.n.1.0.q.1mb 5hj0504030100=1.0.0.0.0.a.1b0 5ifieid1f0504030100=1.0.0.0.0.a.1b0
4hthsqfhqhphohl0504030100=1.0.0.0.0.a.1b0 ahuoy0100=1.0.o.g.1.q.1mc aqk0504030100=1.0.0.0.0.a.1b0
4i0hzhyqhqg0k0100=1.0.n.1.0.r.1md 90m0l0100=1.0.n.1.0.r.1md 9hv0g0f0100=1.0.n.1.0.r.1md
a0j0f0100=1.0.n.1.0.r.1md 8riid1f1k04030100=1.0.0.0.0.o.1k6 5lucfcecdov0504030100=1.0.0.0.0.a.1b3
2ijii9u9t9s332x04030100=d.0.6.0.0.b.1bj.9 4ilikim37lz04030100=1.0.0.0.0.b.1bl
6nu302z2y2x04030100=c.2.2.2.0.b.1bk.8 2isiriqipioin0504030100=1.0.p.0.0.b.1bw
2ix572w2viwiv302ziu2x04030100=1.1.3.2.0.c.1cb 5j3j2qn34332x04030100=1.0.6.0.0.e.1d3
5r3k6k5r2q0g20504030100=1.0.j.0.0.i.1fr 7k9k8r2r5k3k20100=1.0.r.a.1.i.1fu,1.0.r.b.1.i.1fv
7kckb2zka2x04030100=1.2.s.2.0.i.1fz 8kekdr2r5k3k20100=1.0.t.a.1.i.1g0 7kgkf0504030100=1.0.0.0.0.i.1gb
7kikh0504030100=5.0.j.0.0.i.1gd.1 6r6k5r2r5k3k20100=1.0.r.9.1.i.1fs 43635m037lz04030100=1.0.0.0.0.i.1gg
2jgjfjegdqr2z672x04030100=1.2.3.2.0.g.1e1 5jdjcjb0504030100=1.2.2.2.0.g.1e1
2jwjvcfceh3r00504030100=1.0.0.0.0.h.1eo 8jujt0504030100=1.0.0.0.0.h.1eo 6ktkskrkqr2r5k3k20100=1.0.t.a.1.9.1gk
6kvku302zka2x04030100=1.2.s.2.0.9.1kr 8kwr2r5k3k20100=1.0.t.a.1.9.1gm 6lpiv302ziu2x04030100=1.1.3.2.0.p.1lj
2k1k0jzr1lvjx0rlz04030100=1.3.2.2.0.h.1ep 4lxlwrc0nlz04030100=1.2.2.2.0.k.1hl
2l0kzkyczkxr5k3k20100=3.0.v.c.1.9.1gs.1b,1.0.v.c.1.j.1h8 2l8l7l6l5ku302zka2x04030100=1.2.s.2.0.l.1ih
7kwr2r5k3k20100=1.0.t.a.1.l.1ii 6lfleldkqr2r5k3k20100=1.0.t.a.1.l.1iq
2qyqxqwqvqujpqtqs9b1804030100=1.0.p.0.0.g.1e4 8qzjom3lz04030100=1.0.0.0.0.g.1e4
0ibi0lucfcergrfj4302ziu2x04030100=1.1.3.2.0.m.1jb 5rhdaa5a49s332x04030100=1.0.6.0.0.n.1k5
0icibi0hzj0qmltlsqlid1f1k04030100=1.0.0.0.0.d.1ci 0ixqqdcdbj9daa5qpqokb2z2x04030100=1.1.3.2.0.f.1dr
0k6k9k8r2r5k3r8r7didtdg2x04030100=1.1.d.2.0.i.1fu 0l0kzkyczkxrbl3raknl1kj0504030100=1.0.u.0.0.j.1h8
0l6l5lfleldkqrdknlclllolmk3k20100=1.0.w.e.1.l.1io blnk3k20100=1.0.w.e.1.l.1io
0l7l6l5lfleldkqrdknlclllmk3k20100=1.0.w.d.1.l.1il blnk3k20100=1.0.w.d.1.l.1il
0l8l7l6l5lfleldkqrdknlc0504030100=1.0.j.0.0.l.1ik 0ldkqrdknlclllolmrelhr2r5k3k20100=1.0.t.b.1.l.1io
0lfleldkqrdknlclllilhr2r5k3k20100=1.0.t.a.1.l.1ik 0mk5o5c5b5a2k2o131211050403ly0100=2.1.5.2.0.0.ck.4
0n6n5n4n3n2n1n0mzmy73050403ly0100=1.0.0.0.0.0.f8 0nbnan98c8b8a78n8n7m3lz0403ly0100=1.3.2.2.0.0.fd
0nj918x8l8b8a78n8n7m3lz0403ly0100=1.3.2.2.0.0.ha 0npno9g9f9e9a99985gm3lz0403ly0100=1.0.0.0.0.0.hm
0owd4d3d2d1p1p0czcycxozcvhuoy0100=m.0.b.4.1.5.jq.2u,1.0.b.5.1.5.jt.0!,2.0.b.6.1.5.jt
1dfd3d2d1p1p0czcycxozcvhuoy0100=5c.0.b.4.1.5.k0.2j,20.0.b.6.1.5.k0.2j,bj.0.b.5.1.5.ku.1n!,m.0.b.5.1.5.mh.2
0p4mimhp6gp5o5c5b5a2k050403ly0100=1.0.0.0.0.0.ka 0p7mimhp6gp5o5c5b5a2k050403ly0100=1.0.0.0.0.0.kb
0p8mimhp6gp5o5c5b5a2k050403ly0100=1.0.0.0.0.0.kb 0p9mimhp6gp5o5c5b5a2k050403ly0100=1.0.0.0.0.0.kb
0pamimhp6gp5o5c5b5a2k050403ly0100=1.0.0.0.0.0.kb 0pbmimhp6gp5o5c5b5a2k050403ly0100=1.0.0.0.0.0.kc
0pcmimhp6gp5o5c5b5a2k050403ly0100=1.0.0.0.0.0.kc 0pdmimhp6gp5o5c5b5a2k050403ly0100=1.0.0.0.0.0.kc
0pemimhp6gp5o5c5b5a2k050403ly0100=1.0.0.0.0.0.kg 0pfmimhp6gr5o5c5b5a2k050403ly0100=1.0.0.0.0.0.kg
0pgmimhp6gp5o5c5b5a2k050403ly0100=1.0.0.0.0.0.kh 0qdchcgcfceh3h2h1hchbhaqc0fly0100=1.0.l.1.0.0.16j
0qujpqzjojnjmjkjjjijhjq0504030100=1.0.0.0.0.g.1e4 0qvqujpqzjojnjmjkjjjijh0504030100=1.0.0.0.0.g.1e4
0r3k6r96f5l6b5o5c5b5a2k0504030100=1.0.0.0.0.i.1gf
`,
  },
};
