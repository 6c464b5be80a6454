// For tests of other folders, which have no packages of their own.
export { decodeJwt, decodeProtectedHeader } from 'jose';
