import { expect, test } from '@jest/globals'
import * as O from '../../../lib/index.ts'

test.each([O.SSLv3_method, O.SSLv3_client_method, O.SSLv3_server_method])(
  '%p is refused, and no context is made',
  method => {
    expect(O.SSL_CTX_new(method())).toBeNull()
    expect(O.ERR_GET_REASON(O.ERR_get_error())).toBe(O.SSL_R_UNSUPPORTED_SSL_VERSION)
    expect(O.ERR_GET_REASON(O.ERR_get_error())).toBe(O.SSL_R_NULL_SSL_METHOD_PASSED)
  },
)
