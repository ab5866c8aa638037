/** Stands in for `uc.micro`, whose expressions every browser has under these names. */
export const P = /\p{P}/u;
export const S = /\p{S}/u;
