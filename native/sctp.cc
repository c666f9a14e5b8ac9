// Kernel SCTP sockets for Node, and nothing else. The addon is an empty shell until the SCTP work lands:
// it loads, and says which socket families it can reach.
#include <napi.h>

namespace {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("sockets", Napi::Array::New(env, 0));
  return exports;
}

}  // namespace

NODE_API_MODULE(sctp, Init)
