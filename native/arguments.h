// The arguments of a call, checked. What is wrong throws, names the argument, and gives nothing.
#pragma once

#include <napi.h>

#include <cmath>
#include <cstring>
#include <optional>
#include <string>

#include <netinet/in.h>
#include <sys/socket.h>

namespace sctp {

struct Bytes {
  uint8_t* data;
  size_t length;
};

struct Address {
  sockaddr_in6 storage;
  socklen_t length;
  sockaddr* pointer() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* pointer() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// The first wrong argument is the one that is told: throwing twice would end the process.
inline void Throw(const Napi::Error& error) {
  if (!error.Env().IsExceptionPending()) error.ThrowAsJavaScriptException();
}

inline Napi::Value Refuse(Napi::Env env, const std::string& text) {
  Throw(Napi::TypeError::New(env, text));
  return env.Undefined();
}

inline Napi::Value RefuseLength(Napi::Env env, const std::string& name, size_t length) {
  Throw(Napi::RangeError::New(env, name + ": " + std::to_string(length) + " bytes are needed"));
  return env.Undefined();
}

inline Napi::Value ErrorNumber(Napi::Env env, int number) { return Napi::Number::New(env, -number); }

// A whole number of 32 bits, signed or not.
inline std::optional<int32_t> IntegerArgument(const Napi::CallbackInfo& info, size_t at, const char* name) {
  if (info[at].IsNumber()) {
    const double number = info[at].As<Napi::Number>().DoubleValue();
    if (number >= -2147483648.0 && number <= 4294967295.0 && std::floor(number) == number)
      return static_cast<int32_t>(static_cast<uint32_t>(static_cast<int64_t>(number)));
  }
  Refuse(info.Env(), std::string(name) + ": a whole number of 32 bits is needed");
  return std::nullopt;
}

inline std::optional<Bytes> BytesArgument(const Napi::CallbackInfo& info, size_t at, const char* name) {
  if (info[at].IsTypedArray()) {
    const auto array = info[at].As<Napi::TypedArray>();
    if (array.TypedArrayType() == napi_uint8_array) {
      auto bytes = info[at].As<Napi::Uint8Array>();
      return Bytes{bytes.Data(), bytes.ByteLength()};
    }
  }
  Refuse(info.Env(), std::string(name) + ": a Uint8Array is needed");
  return std::nullopt;
}

// The bytes of a sockaddr_in or sockaddr_in6.
inline std::optional<Address> AddressArgument(const Napi::CallbackInfo& info, size_t at, const char* name) {
  const auto bytes = BytesArgument(info, at, name);
  if (!bytes) return std::nullopt;
  Address address = {};
  if (bytes->length == sizeof(sockaddr_in) || bytes->length == sizeof(sockaddr_in6)) {
    memcpy(&address.storage, bytes->data, bytes->length);
    address.length = static_cast<socklen_t>(bytes->length);
    if (address.storage.sin6_family == (bytes->length == sizeof(sockaddr_in) ? AF_INET : AF_INET6)) return address;
  }
  Throw(Napi::RangeError::New(info.Env(), std::string(name) + ": the bytes of a sockaddr_in or sockaddr_in6 are needed"));
  return std::nullopt;
}

}  // namespace sctp
