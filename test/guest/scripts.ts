/** First stage, from the initramfs: modules, and this machine's files under an overlay in memory. */
export const INIT = `#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc; $b mount -t devtmpfs dev /dev
while read -r m; do $b insmod "/modules/$m" || echo "insmod $m failed"; done </modules/order
p9=trans=virtio,version=9p2000.L,msize=512000
$b mount -t tmpfs -o mode=755 tmpfs /t
$b mkdir /t/host /t/up /t/work /t/root
$b mount -t 9p -o $p9,cache=loose,ro host /t/host || { echo "no root"; $b reboot -f; }
$b mount -t overlay -o lowerdir=/t/host,upperdir=/t/up,workdir=/t/work overlay /t/root || $b reboot -f
r=/t/root
$b mount -t proc proc $r/proc; $b mount -t sysfs sys $r/sys; $b mount -t devtmpfs dev $r/dev
$b mkdir -p $r/dev/shm $r/dev/pts
$b mount -t tmpfs tmpfs $r/dev/shm; $b mount -t devpts devpts $r/dev/pts
$b mount -t tmpfs -o mode=755 tmpfs $r/run
$b mkdir $r/run/control
$b mount -t 9p -o $p9,cache=none control $r/run/control || $b reboot -f
exec $b switch_root $r /bin/sh /run/control/stage2
`

/** Second stage, process 1: addresses that tests count on, SCTP's switches, the command, the end. */
export const STAGE2 = `export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
control=/run/control
exec </dev/null
while read -r tag directory; do
  mkdir -p "$directory"
  mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=mmap "$tag" "$directory" || echo "no $directory"
done <$control/shares
ip link set lo up
ip link add dummy0 type dummy
ip addr add 10.99.0.1/24 dev dummy0
ip addr add 10.99.1.1/24 dev dummy0
ip -6 addr add fd99::1/64 dev dummy0 nodad
ip link set dummy0 up
for name in auth_enable addip_enable reconf_enable intl_enable prsctp_enable ecn_enable; do
  echo 1 >/proc/sys/net/sctp/$name
done
touch $control/started
sh $control/command >/dev/$(ls /sys/class/virtio-ports) 2>&1
echo $? >$control/status
sync
/bin/busybox reboot -f
`
