// Readiness of one descriptor by uv_poll: a start ends with one call of a function.
#pragma once

#include <napi.h>
#include <uv.h>

#include <cerrno>
#include <initializer_list>
#include <memory>

#include <poll.h>

namespace sctp {

// Keeps itself until libuv has closed its handle, which is after the socket has let go of it.
class Watcher {
 public:
  // 0, or an error number.
  static int Open(Napi::Env env, int fd, std::shared_ptr<Watcher>* watcher) {
    uv_loop_t* loop = nullptr;
    if (napi_get_uv_event_loop(env, &loop) != napi_ok) return EIO;
    std::shared_ptr<Watcher> made(new Watcher(env));
    const int failure = uv_poll_init(loop, &made->poll_, fd);
    if (failure != 0) return -failure;
    made->poll_.data = made.get();
    made->self_ = made;
    // A worker that ends waits for its hooks: the handle must be gone before its loop is.
    if (napi_add_async_cleanup_hook(env, OnCleanup, made.get(), &made->hook_) != napi_ok) made->hook_ = nullptr;
    *watcher = made;
    return 0;
  }

  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  // Waits for POLLIN or POLLOUT, as libuv understands them, and keeps `owner` from being collected meanwhile. Without
  // events it stops waiting. 0, or an error number.
  int Start(int events, const Napi::Object& owner, const Napi::Function& changed) {
    if (closing_) return ECANCELED;
    Stop();
    if (events == 0) return 0;
    const int wanted = ((events & POLLIN) != 0 ? UV_READABLE : 0) | ((events & POLLOUT) != 0 ? UV_WRITABLE : 0);
    const int failure = uv_poll_start(&poll_, wanted, OnChange);
    if (failure != 0) return -failure;
    owner_ = Napi::Persistent(owner);
    changed_ = Napi::Persistent(changed);
    return 0;
  }

  // The descriptor may be closed as soon as this returns.
  void Close() {
    if (closing_) return;
    Stop();
    closing_ = true;
    uv_close(reinterpret_cast<uv_handle_t*>(&poll_), OnClosed);
  }

 private:
  explicit Watcher(Napi::Env env) : env_(env) {}

  void Stop() {
    uv_poll_stop(&poll_);
    owner_.Reset();
    changed_.Reset();
  }

  static void OnChange(uv_poll_t* poll, int, int) {
    const std::shared_ptr<Watcher> watcher = static_cast<Watcher*>(poll->data)->self_;
    const Napi::Env env = watcher->env_;
    const Napi::HandleScope scope(env);
    const Napi::Function changed = watcher->changed_.Value();
    const Napi::Object owner = watcher->owner_.Value();
    watcher->Stop();
    changed.MakeCallback(owner, std::initializer_list<napi_value>{});
    if (env.IsExceptionPending()) napi_fatal_exception(env, env.GetAndClearPendingException().Value());
  }

  static void OnCleanup(napi_async_cleanup_hook_handle, void* data) { static_cast<Watcher*>(data)->Close(); }

  static void OnClosed(uv_handle_t* handle) {
    auto* watcher = static_cast<Watcher*>(handle->data);
    const std::shared_ptr<Watcher> last = std::move(watcher->self_);
    if (last->hook_ != nullptr) napi_remove_async_cleanup_hook(last->hook_);
  }

  Napi::Env env_;
  uv_poll_t poll_ = {};
  napi_async_cleanup_hook_handle hook_ = nullptr;
  Napi::ObjectReference owner_;
  Napi::FunctionReference changed_;
  std::shared_ptr<Watcher> self_;
  bool closing_ = false;
};

}  // namespace sctp
