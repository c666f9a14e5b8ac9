/** What OpenSSL 3.2 added to <openssl/bio.h> for datagrams (BIO_s_dgram_pair(3), BIO_sendmmsg(3)). */

export const BIO_TYPE_DGRAM_PAIR = 1050
export const BIO_TYPE_DGRAM_MEM = 1051
export const BIO_CB_RECVMMSG = 7
export const BIO_CB_SENDMMSG = 8
export const BIO_CTRL_DGRAM_GET_LOCAL_ADDR_CAP = 82
export const BIO_CTRL_DGRAM_GET_LOCAL_ADDR_ENABLE = 83
export const BIO_CTRL_DGRAM_SET_LOCAL_ADDR_ENABLE = 84
export const BIO_CTRL_DGRAM_GET_EFFECTIVE_CAPS = 85
export const BIO_CTRL_DGRAM_GET_CAPS = 86
export const BIO_CTRL_DGRAM_SET_CAPS = 87
export const BIO_CTRL_DGRAM_GET_NO_TRUNC = 88
export const BIO_CTRL_DGRAM_SET_NO_TRUNC = 89
export const BIO_CTRL_GET_RPOLL_DESCRIPTOR = 91
export const BIO_CTRL_GET_WPOLL_DESCRIPTOR = 92
export const BIO_CTRL_DGRAM_DETECT_PEER_ADDR = 93
export const BIO_CTRL_DGRAM_SET0_LOCAL_ADDR = 94
export const BIO_DGRAM_CAP_NONE = 0
export const BIO_DGRAM_CAP_HANDLES_SRC_ADDR = 1
export const BIO_DGRAM_CAP_HANDLES_DST_ADDR = 2
export const BIO_DGRAM_CAP_PROVIDES_SRC_ADDR = 4
export const BIO_DGRAM_CAP_PROVIDES_DST_ADDR = 8
export const BIO_R_LOCAL_ADDR_NOT_AVAILABLE = 111
export const BIO_R_NON_FATAL = 112
export const BIO_R_PEER_ADDR_NOT_AVAILABLE = 114
export const BIO_TYPE_MASK = 255
