import { jest } from '@jest/globals'

// An emulated machine can be twenty times slower from one second to the next: what fails has one more try, and is shown.
jest.retryTimes(1, { logErrorsBeforeRetry: true })
