// Kernel SCTP sockets for Node, and nothing else: system calls, with numbers, bytes and error numbers across the border.
// Results are those of the calls, errors as negative numbers. A wrong argument throws and names it, before any call.
// Structs cross as their bytes; each is checked for its length. Everything is non-blocking, on the thread that calls.
#include <napi.h>
#include <uv.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sctp.h>

#include "arguments.h"
#include "watch.h"

namespace sctp {
namespace {

// What a read tells beside the bytes; lib/transport/sctp/native.ts reads the same layout.
struct Received {
  uint32_t flags;
  uint32_t present;
  sockaddr_in6 from;
  sctp_rcvinfo rcvinfo;
  sctp_nxtinfo nxtinfo;
  sctp_sndrcvinfo sndrcvinfo;
};
static_assert(sizeof(Received) == 112 && sizeof(sockaddr_in6) >= sizeof(sockaddr_in));
enum : uint32_t { kFrom = 1, kRcvinfo = 2, kNxtinfo = 4, kSndrcvinfo = 8 };

// A message's ancillary data: every kind once, and what an option of the socket may add.
constexpr size_t kControlRoom = 512;

// Descriptors that come back inside the result of an option would belong to nobody, and pointers inside an option's
// bytes would be the program's word only: these have calls of their own, or none.
bool IsForbidden(int level, int name) {
  if (level != IPPROTO_SCTP) return false;
  return name == SCTP_SOCKOPT_PEELOFF || name == SCTP_SOCKOPT_PEELOFF_FLAGS || name == SCTP_SOCKOPT_CONNECTX3;
}

// Options of other levels are numbers and `struct linger`; longer ones hold pointers (SO_ATTACH_FILTER).
bool IsLevelAndLength(int level, size_t length) {
  if (level == IPPROTO_SCTP) return length <= 1 << 20;
  return (level == SOL_SOCKET || level == IPPROTO_IP || level == IPPROTO_IPV6) && length <= sizeof(linger);
}

class Socket : public Napi::ObjectWrap<Socket> {
 public:
  static Napi::Function Define(Napi::Env env);
  static Napi::Value Open(const Napi::CallbackInfo& info);

  // JavaScript may call it too: that makes a closed socket.
  explicit Socket(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Socket>(info) {}
  ~Socket() override { CloseDescriptor(); }

 private:
  static Napi::Value Own(Napi::Env env, int fd);
  void CloseDescriptor();
  bool IsOpen(Napi::Env env) const;

  Napi::Value Bind(const Napi::CallbackInfo& info);
  Napi::Value Listen(const Napi::CallbackInfo& info);
  Napi::Value Accept(const Napi::CallbackInfo& info);
  Napi::Value Peeloff(const Napi::CallbackInfo& info);
  Napi::Value Shutdown(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);
  Napi::Value Sendmsg(const Napi::CallbackInfo& info);
  Napi::Value Recvmsg(const Napi::CallbackInfo& info);
  Napi::Value Setsockopt(const Napi::CallbackInfo& info);
  Napi::Value Getsockopt(const Napi::CallbackInfo& info);
  Napi::Value Poll(const Napi::CallbackInfo& info);
  Napi::Value Watch(const Napi::CallbackInfo& info);

  int fd_ = -1;
  // Made when first asked for.
  std::shared_ptr<Watcher> watcher_;
};

struct AddonData {
  Napi::FunctionReference socket;
};

Napi::Value Result(Napi::Env env, ssize_t result) {
  return Napi::Number::New(env, static_cast<double>(result < 0 ? -errno : result));
}

Napi::Function Socket::Define(Napi::Env env) {
  return DefineClass(env, "Socket",
                     {InstanceMethod<&Socket::Bind>("bind"), InstanceMethod<&Socket::Listen>("listen"),
                      InstanceMethod<&Socket::Accept>("accept"), InstanceMethod<&Socket::Peeloff>("peeloff"),
                      InstanceMethod<&Socket::Shutdown>("shutdown"), InstanceMethod<&Socket::Close>("close"),
                      InstanceMethod<&Socket::Sendmsg>("sendmsg"), InstanceMethod<&Socket::Recvmsg>("recvmsg"),
                      InstanceMethod<&Socket::Setsockopt>("setsockopt"),
                      InstanceMethod<&Socket::Getsockopt>("getsockopt"), InstanceMethod<&Socket::Poll>("poll"),
                      InstanceMethod<&Socket::Watch>("watch")});
}

Napi::Value Socket::Open(const Napi::CallbackInfo& info) {
  const auto domain = IntegerArgument(info, 0, "domain");
  const auto type = IntegerArgument(info, 1, "type");
  if (!domain || !type) return info.Env().Undefined();
  if (*domain != AF_INET && *domain != AF_INET6) return Refuse(info.Env(), "domain: neither AF_INET nor AF_INET6");
  if (*type != SOCK_STREAM && *type != SOCK_SEQPACKET)
    return Refuse(info.Env(), "type: neither SOCK_STREAM nor SOCK_SEQPACKET");
  return Own(info.Env(), socket(*domain, *type | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_SCTP));
}

// The object for a new descriptor; the error number when there is none.
Napi::Value Socket::Own(Napi::Env env, int fd) {
  if (fd < 0) return Result(env, fd);
  const Napi::Object object = env.GetInstanceData<AddonData>()->socket.New({});
  if (env.IsExceptionPending()) {
    close(fd);
    return env.Undefined();
  }
  Unwrap(object)->fd_ = fd;
  return object;
}

void Socket::CloseDescriptor() {
  if (watcher_ != nullptr) watcher_->Close();
  watcher_.reset();
  if (fd_ == -1) return;
  // A linger time would hold up the event loop. 0 stays: it means ABORT, at once.
  linger option = {};
  socklen_t length = sizeof option;
  if (getsockopt(fd_, SOL_SOCKET, SO_LINGER, &option, &length) == 0 && option.l_onoff != 0 && option.l_linger > 0) {
    option.l_onoff = 0;
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &option, sizeof option);
  }
  close(fd_);
  fd_ = -1;
}

bool Socket::IsOpen(Napi::Env env) const {
  if (fd_ != -1) return true;
  Throw(Napi::Error::New(env, "socket: it is closed"));
  return false;
}

Napi::Value Socket::Bind(const Napi::CallbackInfo& info) {
  const auto address = AddressArgument(info, 0, "address");
  if (!address || !IsOpen(info.Env())) return info.Env().Undefined();
  return Result(info.Env(), bind(fd_, address->pointer(), address->length));
}

Napi::Value Socket::Listen(const Napi::CallbackInfo& info) {
  const auto backlog = IntegerArgument(info, 0, "backlog");
  if (!backlog || !IsOpen(info.Env())) return info.Env().Undefined();
  return Result(info.Env(), listen(fd_, *backlog));
}

Napi::Value Socket::Accept(const Napi::CallbackInfo& info) {
  if (!IsOpen(info.Env())) return info.Env().Undefined();
  return Own(info.Env(), accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

Napi::Value Socket::Peeloff(const Napi::CallbackInfo& info) {
  const auto association = IntegerArgument(info, 0, "associationId");
  if (!association || !IsOpen(info.Env())) return info.Env().Undefined();
  sctp_peeloff_flags_arg_t request = {{*association, -1}, SOCK_NONBLOCK | SOCK_CLOEXEC};
  socklen_t length = sizeof request;
  if (getsockopt(fd_, IPPROTO_SCTP, SCTP_SOCKOPT_PEELOFF_FLAGS, &request, &length) < 0) return Result(info.Env(), -1);
  return Own(info.Env(), request.p_arg.sd);
}

Napi::Value Socket::Shutdown(const Napi::CallbackInfo& info) {
  const auto how = IntegerArgument(info, 0, "how");
  if (!how || !IsOpen(info.Env())) return info.Env().Undefined();
  return Result(info.Env(), shutdown(fd_, *how));
}

Napi::Value Socket::Close(const Napi::CallbackInfo& info) {
  if (IsOpen(info.Env())) CloseDescriptor();
  return info.Env().Undefined();
}

// sendmsg(data, to, sndinfo, prinfo, authinfo, sndrcvinfo, initmsg): all but the first may be null.
Napi::Value Socket::Sendmsg(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto data = BytesArgument(info, 0, "data");
  if (!data) return env.Undefined();
  std::optional<Address> to;
  if (!info[1].IsNull() && !(to = AddressArgument(info, 1, "to"))) return env.Undefined();

  alignas(cmsghdr) char control[kControlRoom] = {};
  size_t used = 0;
  const struct {
    const char* name;
    int type;
    size_t size;
  } kinds[] = {{"sndinfo", SCTP_SNDINFO, sizeof(sctp_sndinfo)},
               {"prinfo", SCTP_PRINFO, sizeof(sctp_prinfo)},
               {"authinfo", SCTP_AUTHINFO, sizeof(sctp_authinfo)},
               {"sndrcvinfo", SCTP_SNDRCV, sizeof(sctp_sndrcvinfo)},
               {"initmsg", SCTP_INIT, sizeof(sctp_initmsg)}};
  static_assert(CMSG_SPACE(sizeof(sctp_sndinfo)) + CMSG_SPACE(sizeof(sctp_prinfo)) + CMSG_SPACE(sizeof(sctp_authinfo)) +
                    CMSG_SPACE(sizeof(sctp_sndrcvinfo)) + CMSG_SPACE(sizeof(sctp_initmsg)) <=
                kControlRoom);
  size_t at = 2;
  for (const auto& kind : kinds) {
    const size_t argument = at++;
    if (info[argument].IsNull()) continue;
    const auto bytes = BytesArgument(info, argument, kind.name);
    if (!bytes) return env.Undefined();
    if (bytes->length != kind.size) return RefuseLength(env, kind.name, kind.size);
    cmsghdr header = {};
    header.cmsg_level = IPPROTO_SCTP;
    header.cmsg_type = kind.type;
    header.cmsg_len = CMSG_LEN(kind.size);
    memcpy(control + used, &header, sizeof header);
    memcpy(control + used + CMSG_LEN(0), bytes->data, kind.size);
    used += CMSG_SPACE(kind.size);
  }
  if (!IsOpen(env)) return env.Undefined();

  iovec vector = {data->data, data->length};
  msghdr message = {};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  if (to) {
    message.msg_name = to->pointer();
    message.msg_namelen = to->length;
  }
  if (used != 0) {
    message.msg_control = control;
    message.msg_controllen = used;
  }
  return Result(env, sendmsg(fd_, &message, MSG_DONTWAIT | MSG_NOSIGNAL));
}

// recvmsg(into, flags, received): `flags` is 0 or MSG_PEEK, `received` takes a Received.
Napi::Value Socket::Recvmsg(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto into = BytesArgument(info, 0, "into");
  const auto flags = IntegerArgument(info, 1, "flags");
  const auto out = BytesArgument(info, 2, "received");
  if (!into || !flags || !out) return env.Undefined();
  if ((*flags & ~MSG_PEEK) != 0) return Refuse(env, "flags: more than MSG_PEEK");
  if (out->length != sizeof(Received)) return RefuseLength(env, "received", sizeof(Received));
  if (!IsOpen(env)) return env.Undefined();

  Received received = {};
  alignas(cmsghdr) char control[kControlRoom];
  iovec vector = {into->data, into->length};
  msghdr message = {};
  message.msg_name = &received.from;
  message.msg_namelen = sizeof received.from;
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t length = recvmsg(fd_, &message, *flags | MSG_DONTWAIT);
  if (length < 0) return Result(env, length);

  received.flags = static_cast<uint32_t>(message.msg_flags);
  if (message.msg_namelen >= sizeof(sockaddr_in)) received.present |= kFrom;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != IPPROTO_SCTP) continue;
    const size_t size = header->cmsg_len - CMSG_LEN(0);
    const auto take = [&](auto& place, uint32_t bit) {
      if (size != sizeof place) return;
      memcpy(&place, CMSG_DATA(header), sizeof place);
      received.present |= bit;
    };
    if (header->cmsg_type == SCTP_RCVINFO) take(received.rcvinfo, kRcvinfo);
    if (header->cmsg_type == SCTP_NXTINFO) take(received.nxtinfo, kNxtinfo);
    if (header->cmsg_type == SCTP_SNDRCV) take(received.sndrcvinfo, kSndrcvinfo);
  }
  memcpy(out->data, &received, sizeof received);
  return Result(env, length);
}

// setsockopt(level, name, value): what the call returns; SCTP_SOCKOPT_CONNECTX gives an association's id.
Napi::Value Socket::Setsockopt(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto level = IntegerArgument(info, 0, "level");
  const auto name = IntegerArgument(info, 1, "name");
  const auto value = BytesArgument(info, 2, "value");
  if (!level || !name || !value || !IsOpen(env)) return env.Undefined();
  if (!IsLevelAndLength(*level, value->length) || IsForbidden(*level, *name)) return ErrorNumber(env, ENOPROTOOPT);
  return Result(env, setsockopt(fd_, *level, *name, value->data, static_cast<socklen_t>(value->length)));
}

// getsockopt(level, name, value): `value` is read and overwritten; the length of the answer.
Napi::Value Socket::Getsockopt(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto level = IntegerArgument(info, 0, "level");
  const auto name = IntegerArgument(info, 1, "name");
  const auto value = BytesArgument(info, 2, "value");
  if (!level || !name || !value || !IsOpen(env)) return env.Undefined();
  if (!IsLevelAndLength(*level, value->length) || IsForbidden(*level, *name)) return ErrorNumber(env, ENOPROTOOPT);
  socklen_t length = static_cast<socklen_t>(value->length);
  if (getsockopt(fd_, *level, *name, value->data, &length) < 0) return Result(env, -1);
  return Result(env, length);
}

// poll(): what holds now, as POLLIN, POLLOUT, POLLERR, POLLHUP.
Napi::Value Socket::Poll(const Napi::CallbackInfo& info) {
  if (!IsOpen(info.Env())) return info.Env().Undefined();
  pollfd entry = {fd_, POLLIN | POLLOUT, 0};
  const int result = poll(&entry, 1, 0);
  return Result(info.Env(), result < 0 ? result : entry.revents);
}

// watch(events, changed): calls `changed` once when POLLIN or POLLOUT holds or an error comes, and keeps the process
// alive until then. 0 ends that.
Napi::Value Socket::Watch(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto events = IntegerArgument(info, 0, "events");
  if (!events) return env.Undefined();
  if ((*events & ~(POLLIN | POLLOUT)) != 0) return Refuse(env, "events: more than POLLIN and POLLOUT");
  if (!info[1].IsFunction()) return Refuse(env, "changed: a function is needed");
  if (!IsOpen(env)) return env.Undefined();
  if (watcher_ == nullptr) {
    if (*events == 0) return ErrorNumber(env, 0);
    const int failure = Watcher::Open(env, fd_, &watcher_);
    if (failure != 0) return ErrorNumber(env, failure);
  }
  return ErrorNumber(env, watcher_->Start(*events, info.This().As<Napi::Object>(), info[1].As<Napi::Function>()));
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  auto* data = new AddonData();
  data->socket = Napi::Persistent(Socket::Define(env));
  env.SetInstanceData(data);
  exports.Set("open", Napi::Function::New<Socket::Open>(env, "open"));
  exports.Set("Socket", data->socket.Value());
  return exports;
}

}  // namespace
}  // namespace sctp

static Napi::Object Init(Napi::Env env, Napi::Object exports) { return sctp::Init(env, exports); }

NODE_API_MODULE(sctp, Init)
