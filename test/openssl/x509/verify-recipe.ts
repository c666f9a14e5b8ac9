// The table is that of OpenSSL 3.0's test/recipes/25-test_verify.t, Apache-2.0. Its cases of SM2 are left out, which nothing
// here knows, and that of a certificate that the release does not contain (pc6-cert).

/** A case: whether it goes well, what the recipe calls it, the arguments of `openssl verify`. */
export type RecipeCase = readonly [outcome: string, name: string, args: string]

const TABLE = `
pass | accept compat trust | -auth_level 1 -purpose sslserver -trusted root-cert -untrusted ca-cert ee-cert
fail | fail trusted non-ca root | -auth_level 1 -purpose sslserver -trusted root-nonca -untrusted ca-cert ee-cert
fail | fail server trust non-ca root | -auth_level 1 -purpose sslserver -trusted nroot+serverAuth -untrusted ca-cert ee-cert
fail | fail wildcard trust non-ca root | -auth_level 1 -purpose sslserver -trusted nroot+anyEKU -untrusted ca-cert ee-cert
fail | fail wrong root key | -auth_level 1 -purpose sslserver -trusted root-cert2 -untrusted ca-cert ee-cert
fail | fail wrong root DN | -auth_level 1 -purpose sslserver -trusted root-name2 -untrusted ca-cert ee-cert
pass | accept non-critical unknown extension | -auth_level 1 -trusted root-cert -untrusted ca-cert ee-cert-noncrit-unknown-ext
fail | reject critical unknown extension | -auth_level 1 -trusted root-cert -untrusted ca-cert ee-cert-crit-unknown-ext
pass | accept critical OCSP No Check | -auth_level 1 -trusted root-cert -untrusted ca-cert ee-cert-ocsp-nocheck
pass | accept server purpose | -auth_level 1 -purpose sslserver -trusted sroot-cert -untrusted ca-cert ee-cert
fail | fail client purpose | -auth_level 1 -purpose sslserver -trusted croot-cert -untrusted ca-cert ee-cert
pass | accept server trust | -auth_level 1 -purpose sslserver -trusted root+serverAuth -untrusted ca-cert ee-cert
pass | accept server trust with server purpose | -auth_level 1 -purpose sslserver -trusted sroot+serverAuth -untrusted ca-cert ee-cert
pass | accept server trust with client purpose | -auth_level 1 -purpose sslserver -trusted croot+serverAuth -untrusted ca-cert ee-cert
pass | accept wildcard trust | -auth_level 1 -purpose sslserver -trusted root+anyEKU -untrusted ca-cert ee-cert
pass | accept wildcard trust with server purpose | -auth_level 1 -purpose sslserver -trusted sroot+anyEKU -untrusted ca-cert ee-cert
pass | accept wildcard trust with client purpose | -auth_level 1 -purpose sslserver -trusted croot+anyEKU -untrusted ca-cert ee-cert
pass | accept client mistrust | -auth_level 1 -purpose sslserver -trusted root-clientAuth -untrusted ca-cert ee-cert
pass | accept client mistrust with server purpose | -auth_level 1 -purpose sslserver -trusted sroot-clientAuth -untrusted ca-cert ee-cert
fail | fail client mistrust with client purpose | -auth_level 1 -purpose sslserver -trusted croot-clientAuth -untrusted ca-cert ee-cert
fail | fail client trust | -auth_level 1 -purpose sslserver -trusted root+clientAuth -untrusted ca-cert ee-cert
fail | fail client trust with server purpose | -auth_level 1 -purpose sslserver -trusted sroot+clientAuth -untrusted ca-cert ee-cert
fail | fail client trust with client purpose | -auth_level 1 -purpose sslserver -trusted croot+clientAuth -untrusted ca-cert ee-cert
fail | fail rejected EKU | -auth_level 1 -purpose sslserver -trusted root-serverAuth -untrusted ca-cert ee-cert
fail | fail server mistrust with server purpose | -auth_level 1 -purpose sslserver -trusted sroot-serverAuth -untrusted ca-cert ee-cert
fail | fail server mistrust with client purpose | -auth_level 1 -purpose sslserver -trusted croot-serverAuth -untrusted ca-cert ee-cert
fail | fail wildcard mistrust | -auth_level 1 -purpose sslserver -trusted root-anyEKU -untrusted ca-cert ee-cert
fail | fail wildcard mistrust with server purpose | -auth_level 1 -purpose sslserver -trusted sroot-anyEKU -untrusted ca-cert ee-cert
fail | fail wildcard mistrust with client purpose | -auth_level 1 -purpose sslserver -trusted croot-anyEKU -untrusted ca-cert ee-cert
pass | accept trusted-first path | -auth_level 1 -purpose sslserver -trusted root-serverAuth -trusted root-cert2 -trusted ca-root2 -untrusted ca-cert ee-cert
pass | accept trusted-first path with server trust | -auth_level 1 -purpose sslserver -trusted root-cert -trusted root2+serverAuth -trusted ca-root2 -untrusted ca-cert ee-cert
fail | fail trusted-first path with server mistrust | -auth_level 1 -purpose sslserver -trusted root-cert -trusted root2-serverAuth -trusted ca-root2 -untrusted ca-cert ee-cert
fail | fail trusted-first path with client trust | -auth_level 1 -purpose sslserver -trusted root-cert -trusted root2+clientAuth -trusted ca-root2 -untrusted ca-cert ee-cert
fail | fail non-CA untrusted intermediate | -auth_level 1 -purpose sslserver -trusted root-cert -untrusted ca-nonca ee-cert
fail | fail non-CA untrusted intermediate | -auth_level 1 -purpose sslserver -trusted root-cert -untrusted ca-nonbc ee-cert
fail | fail non-CA trust-store intermediate | -auth_level 1 -purpose sslserver -trusted root-cert -trusted ca-nonca ee-cert
fail | fail non-CA trust-store intermediate | -auth_level 1 -purpose sslserver -trusted root-cert -trusted ca-nonbc ee-cert
fail | fail non-CA server trust intermediate | -auth_level 1 -purpose sslserver -trusted root-cert -trusted nca+serverAuth ee-cert
fail | fail non-CA wildcard trust intermediate | -auth_level 1 -purpose sslserver -trusted root-cert -trusted nca+anyEKU ee-cert
fail | fail wrong intermediate CA key | -auth_level 1 -purpose sslserver -trusted root-cert -untrusted ca-cert2 ee-cert
fail | fail wrong intermediate CA DN | -auth_level 1 -purpose sslserver -trusted root-cert -untrusted ca-name2 ee-cert
fail | fail wrong intermediate CA issuer | -auth_level 1 -purpose sslserver -trusted root-cert -untrusted ca-root2 ee-cert
fail | fail untrusted partial chain | -auth_level 1 -purpose sslserver -partial_chain -untrusted ca-cert ee-cert
pass | accept trusted partial chain | -auth_level 1 -purpose sslserver -partial_chain -trusted ca-cert ee-cert
fail | reject expired trusted partial chain | -auth_level 1 -purpose sslserver -partial_chain -trusted ca-expired ee-cert
fail | reject expired trusted root | -auth_level 1 -purpose sslserver -trusted root-expired -untrusted ca-cert ee-cert
pass | accept partial chain with server purpose | -auth_level 1 -purpose sslserver -partial_chain -trusted sca-cert ee-cert
fail | fail partial chain with client purpose | -auth_level 1 -purpose sslserver -partial_chain -trusted cca-cert ee-cert
pass | accept server trust partial chain | -auth_level 1 -purpose sslserver -partial_chain -trusted ca+serverAuth ee-cert
pass | accept server trust client purpose partial chain | -auth_level 1 -purpose sslserver -partial_chain -trusted cca+serverAuth ee-cert
pass | accept client mistrust partial chain | -auth_level 1 -purpose sslserver -partial_chain -trusted ca-clientAuth ee-cert
pass | accept wildcard trust partial chain | -auth_level 1 -purpose sslserver -partial_chain -trusted ca+anyEKU ee-cert
fail | fail untrusted partial issuer with ignored server trust | -auth_level 1 -purpose sslserver -partial_chain -untrusted ca+serverAuth ee-cert
fail | fail server mistrust partial chain | -auth_level 1 -purpose sslserver -partial_chain -trusted ca-serverAuth ee-cert
fail | fail client trust partial chain | -auth_level 1 -purpose sslserver -partial_chain -trusted ca+clientAuth ee-cert
fail | fail wildcard mistrust partial chain | -auth_level 1 -purpose sslserver -partial_chain -trusted ca-anyEKU ee-cert
pass | accept server trust | -auth_level 1 -purpose sslserver -trusted root-cert -trusted ca+serverAuth -untrusted ca-cert ee-cert
pass | accept wildcard trust | -auth_level 1 -purpose sslserver -trusted root-cert -trusted ca+anyEKU -untrusted ca-cert ee-cert
pass | accept server purpose | -auth_level 1 -purpose sslserver -trusted root-cert -trusted sca-cert -untrusted ca-cert ee-cert
pass | accept server trust and purpose | -auth_level 1 -purpose sslserver -trusted root-cert -trusted sca+serverAuth -untrusted ca-cert ee-cert
pass | accept wildcard trust and server purpose | -auth_level 1 -purpose sslserver -trusted root-cert -trusted sca+anyEKU -untrusted ca-cert ee-cert
pass | accept client mistrust and server purpose | -auth_level 1 -purpose sslserver -trusted root-cert -trusted sca-clientAuth -untrusted ca-cert ee-cert
pass | accept server trust and client purpose | -auth_level 1 -purpose sslserver -trusted root-cert -trusted cca+serverAuth -untrusted ca-cert ee-cert
pass | accept wildcard trust and client purpose | -auth_level 1 -purpose sslserver -trusted root-cert -trusted cca+anyEKU -untrusted ca-cert ee-cert
fail | fail client purpose intermediate trusted | -auth_level 1 -purpose sslserver -trusted root-cert -trusted cca-cert -untrusted ca-cert ee-cert
fail | fail wildcard mistrust | -auth_level 1 -purpose sslserver -trusted root-cert -trusted ca-anyEKU -untrusted ca-cert ee-cert
fail | fail server mistrust | -auth_level 1 -purpose sslserver -trusted root-cert -trusted ca-serverAuth -untrusted ca-cert ee-cert
fail | fail client trust | -auth_level 1 -purpose sslserver -trusted root-cert -trusted ca+clientAuth -untrusted ca-cert ee-cert
fail | fail client trust and server purpose | -auth_level 1 -purpose sslserver -trusted root-cert -trusted sca+clientAuth -untrusted ca-cert ee-cert
fail | fail client trust and client purpose | -auth_level 1 -purpose sslserver -trusted root-cert -trusted cca+clientAuth -untrusted ca-cert ee-cert
fail | fail server mistrust and client purpose | -auth_level 1 -purpose sslserver -trusted root-cert -trusted cca-serverAuth -untrusted ca-cert ee-cert
fail | fail client mistrust and client purpose | -auth_level 1 -purpose sslserver -trusted root-cert -trusted cca-clientAuth -untrusted ca-cert ee-cert
fail | fail server mistrust and server purpose | -auth_level 1 -purpose sslserver -trusted root-cert -trusted sca-serverAuth -untrusted ca-cert ee-cert
fail | fail wildcard mistrust and server purpose | -auth_level 1 -purpose sslserver -trusted root-cert -trusted sca-anyEKU -untrusted ca-cert ee-cert
fail | fail wildcard mistrust and client purpose | -auth_level 1 -purpose sslserver -trusted root-cert -trusted cca-anyEKU -untrusted ca-cert ee-cert
pass | accept client chain | -auth_level 1 -purpose sslclient -trusted root-cert -untrusted ca-cert ee-client
fail | fail server leaf purpose | -auth_level 1 -purpose sslserver -trusted root-cert -untrusted ca-cert ee-client
fail | fail client leaf purpose | -auth_level 1 -purpose sslclient -trusted root-cert -untrusted ca-cert ee-cert
fail | fail wrong intermediate CA key | -auth_level 1 -purpose sslserver -trusted root-cert -untrusted ca-cert ee-cert2
fail | fail wrong intermediate CA DN | -auth_level 1 -purpose sslserver -trusted root-cert -untrusted ca-cert ee-name2
fail | fail expired leaf | -auth_level 1 -purpose sslserver -trusted root-cert -untrusted ca-cert ee-expired
pass | accept last-resort direct leaf match | -auth_level 1 -purpose sslserver -partial_chain -trusted ee-cert ee-cert
pass | accept last-resort direct leaf match | -auth_level 1 -purpose sslclient -partial_chain -trusted ee-client ee-client
fail | fail last-resort direct leaf non-match | -auth_level 1 -purpose sslserver -partial_chain -trusted ee-client ee-cert
pass | accept direct match with server trust | -auth_level 1 -purpose sslserver -partial_chain -trusted ee+serverAuth ee-cert
fail | fail direct match with server mistrust | -auth_level 1 -purpose sslserver -partial_chain -trusted ee-serverAuth ee-cert
pass | accept direct match with client trust | -auth_level 1 -purpose sslclient -partial_chain -trusted ee+clientAuth ee-client
fail | reject direct match with client mistrust | -auth_level 1 -purpose sslclient -partial_chain -trusted ee-clientAuth ee-client
pass | accept non-ca with pathlen:0 by default | -auth_level 1 -purpose sslserver -trusted root-cert -untrusted ca-cert ee-pathlen
fail | reject non-ca with pathlen:0 with strict flag | -auth_level 1 -purpose sslserver -x509_strict -trusted root-cert -untrusted ca-cert ee-pathlen
fail | fail to accept proxy cert without -allow_proxy_certs | -auth_level 1 -purpose sslclient -trusted root-cert -untrusted ee-client -untrusted ca-cert pc1-cert
pass | accept proxy cert 1 | -auth_level 1 -purpose sslclient -allow_proxy_certs -trusted root-cert -untrusted ee-client -untrusted ca-cert pc1-cert
pass | accept proxy cert 2 | -auth_level 1 -purpose sslclient -allow_proxy_certs -trusted root-cert -untrusted pc1-cert -untrusted ee-client -untrusted ca-cert pc2-cert
fail | fail proxy cert with incorrect subject | -auth_level 1 -purpose sslclient -allow_proxy_certs -trusted root-cert -untrusted pc1-cert -untrusted ee-client -untrusted ca-cert bad-pc3-cert
fail | fail proxy cert with incorrect pathlen | -auth_level 1 -purpose sslclient -allow_proxy_certs -trusted root-cert -untrusted pc1-cert -untrusted ee-client -untrusted ca-cert bad-pc4-cert
pass | accept proxy cert missing proxy policy | -auth_level 1 -purpose sslclient -allow_proxy_certs -trusted root-cert -untrusted pc1-cert -untrusted ee-client -untrusted ca-cert pc5-cert
pass | accept RSA 2048 chain at auth level 2 | -auth_level 2 -trusted root-cert -untrusted ca-cert ee-cert
fail | reject RSA 2048 root at auth level 3 | -auth_level 3 -trusted root-cert -untrusted ca-cert ee-cert
pass | accept RSA 768 root at auth level 0 | -auth_level 0 -trusted root-cert-768 -untrusted ca-cert-768i ee-cert
fail | reject RSA 768 root at auth level 1 | -auth_level 1 -trusted root-cert-768 -untrusted ca-cert-768i ee-cert
pass | accept RSA 768 intermediate at auth level 0 | -auth_level 0 -trusted root-cert -untrusted ca-cert-768 ee-cert-768i
fail | reject RSA 768 intermediate at auth level 1 | -auth_level 1 -trusted root-cert -untrusted ca-cert-768 ee-cert-768i
pass | accept RSA 768 leaf at auth level 0 | -auth_level 0 -trusted root-cert -untrusted ca-cert ee-cert-768
fail | reject RSA 768 leaf at auth level 1 | -auth_level 1 -trusted root-cert -untrusted ca-cert ee-cert-768
pass | accept md5 self-signed TA at auth level 2 | -auth_level 2 -trusted root-cert-md5 -untrusted ca-cert ee-cert
pass | accept md5 intermediate TA at auth level 2 | -auth_level 2 -trusted ca-cert-md5-any ee-cert
pass | accept md5 intermediate at auth level 0 | -auth_level 0 -trusted root-cert -untrusted ca-cert-md5 ee-cert
fail | reject md5 intermediate at auth level 1 | -auth_level 1 -trusted root-cert -untrusted ca-cert-md5 ee-cert
pass | accept md5 leaf at auth level 0 | -auth_level 0 -trusted root-cert -untrusted ca-cert ee-cert-md5
fail | reject md5 leaf at auth level 1 | -auth_level 1 -trusted root-cert -untrusted ca-cert ee-cert-md5
fail | reject explicit curve leaf with named curve intermediate | -auth_level 1 -trusted root-cert -untrusted ca-cert-ec-named ee-cert-ec-explicit
fail | reject named curve leaf with explicit curve intermediate | -auth_level 1 -trusted root-cert -untrusted ca-cert-ec-explicit ee-cert-ec-named-explicit
pass | accept named curve leaf with named curve intermediate | -auth_level 1 -trusted root-cert -untrusted ca-cert-ec-named ee-cert-ec-named-named
pass | accept chain with verify_depth 2 | -auth_level 1 -verify_depth 2 -trusted root-cert -untrusted ca-cert ee-cert
pass | accept chain with verify_depth 1 | -auth_level 1 -verify_depth 1 -trusted root-cert -untrusted ca-cert ee-cert
fail | reject chain with verify_depth 0 | -auth_level 1 -verify_depth 0 -trusted root-cert -untrusted ca-cert ee-cert
pass | accept md5 intermediate TA with verify_depth 0 | -auth_level 1 -verify_depth 0 -trusted ca-cert-md5-any ee-cert
pass | Name Constraints everything permitted | -auth_level 1 -trusted root-cert -untrusted ncca1-cert alt1-cert
pass | Name Constraints nothing excluded | -auth_level 1 -trusted root-cert -untrusted ncca2-cert alt2-cert
pass | Name Constraints nested test all permitted | -auth_level 1 -trusted root-cert -untrusted ncca1-cert -untrusted ncca3-cert alt3-cert
pass | Name Constraints CNs permitted | -auth_level 1 -trusted root-cert -untrusted ncca1-cert goodcn1-cert
pass | Name Constraints CNs permitted - no SAN extension | -auth_level 1 -trusted root-cert -untrusted ncca1-cert goodcn2-cert
fail | Name Constraints CNs not permitted | -auth_level 1 -trusted root-cert -untrusted ncca1-cert badcn1-cert
fail | Name Constraints hostname not permitted | -auth_level 1 -trusted root-cert -untrusted ncca1-cert badalt1-cert
fail | Name Constraints hostname excluded | -auth_level 1 -trusted root-cert -untrusted ncca2-cert badalt2-cert
fail | Name Constraints email address not permitted | -auth_level 1 -trusted root-cert -untrusted ncca1-cert badalt3-cert
fail | Name Constraints subject email address not permitted | -auth_level 1 -trusted root-cert -untrusted ncca1-cert badalt4-cert
fail | Name Constraints IP address not permitted | -auth_level 1 -trusted root-cert -untrusted ncca1-cert badalt5-cert
fail | Name Constraints CN hostname not permitted | -auth_level 1 -trusted root-cert -untrusted ncca1-cert badalt6-cert
fail | Name Constraints CN BMPSTRING hostname not permitted | -auth_level 1 -trusted root-cert -untrusted ncca1-cert badalt7-cert
fail | Name constraints nested DNS name not permitted 1 | -auth_level 1 -trusted root-cert -untrusted ncca1-cert -untrusted ncca3-cert badalt8-cert
fail | Name constraints nested DNS name not permitted 2 | -auth_level 1 -trusted root-cert -untrusted ncca1-cert -untrusted ncca3-cert badalt9-cert
fail | Name constraints nested DNS name excluded | -auth_level 1 -trusted root-cert -untrusted ncca1-cert -untrusted ncca3-cert badalt10-cert
fail | CVE-2022-4203 type confusion test | -auth_level 1 -trusted root-cert -untrusted nccaothername-cert bad-othername-cert
fail | Name constraints bad othername name constraint | -auth_level 1 -partial_chain -attime 1623060000 -trusted bad-othername-namec-inter bad-othername-namec
pass | Accept PSS signature using SHA1 at auth level 0 | -auth_level 0 -trusted root-cert -untrusted ca-cert ee-pss-sha1-cert
pass | CA with PSS signature using SHA256 | -auth_level 1 -trusted root-cert -untrusted ca-cert ee-pss-sha256-cert
fail | Reject PSS signature using SHA1 and auth level 1 | -auth_level 1 -trusted root-cert -untrusted ca-cert ee-pss-sha1-cert
pass | PSS signature using SHA256 and auth level 2 | -auth_level 2 -trusted root-cert -untrusted ca-cert ee-pss-sha256-cert
pass | CA PSS signature | -auth_level 1 -trusted root-cert -untrusted ca-pss-cert ee-pss-cert
fail | CA producing regular PKCS#1 v1.5 signature with PSA-PSS key | -auth_level 1 -trusted root-cert -untrusted ca-pss-cert ee-pss-wrong1.5-cert
fail | Too many names and constraints to check (1) | -auth_level 1 -trusted many-constraints -untrusted many-constraints many-names1
fail | Too many names and constraints to check (2) | -auth_level 1 -trusted many-constraints -untrusted many-constraints many-names2
fail | Too many names and constraints to check (3) | -auth_level 1 -trusted many-constraints -untrusted many-constraints many-names3
pass | Not too many names and constraints to check (1) | -auth_level 1 -trusted many-constraints -untrusted many-constraints some-names1
pass | Not too many names and constraints to check (2) | -auth_level 1 -trusted many-constraints -untrusted many-constraints some-names2
pass | Not too many names and constraints to check (3) | -auth_level 1 -trusted many-constraints -untrusted many-constraints some-names2
pass | Public Key Algorithm rsa instead of rsaEncryption | -auth_level 1 -check_ss_sig -trusted root-cert-rsa2 root-cert-rsa2
pass | accept trusted self-signed EE cert excluding key usage keyCertSign | -auth_level 1 -attime 1593565200 -trusted ee-self-signed ee-self-signed
pass | accept trusted self-signed EE cert with key usage keyCertSign also when strict | -auth_level 1 -trusted ee-ss-with-keyCertSign ee-ss-with-keyCertSign
pass | accept X25519 EE cert issued by trusted Ed25519 self-signed CA cert | -auth_level 1 -trusted root-ed25519 ee-ed25519
fail | reject X25519 EE cert in strict mode since AKID is missing | -auth_level 1 -x509_strict -trusted root-ed25519 ee-ed25519
fail | fail Ed25519 CA and EE certs swapped | -auth_level 1 -trusted ee-ed25519 root-ed25519
pass | accept trusted Ed25519 self-signed CA cert | -auth_level 1 -trusted root-ed25519 root-ed25519
fail | fail trusted Ed25519-signed self-issued X25519 cert | -auth_level 1 -trusted ee-ed25519 ee-ed25519
pass | accept last-resort direct leaf match Ed25519-signed self-issued cert | -auth_level 1 -partial_chain -trusted ee-ed25519 ee-ed25519
pass | Certificate policy | -auth_level 1 -policy_check -policy 1.3.6.1.4.1.16604.998855.1 -explicit_policy -trusted root-cert -untrusted ca-pol-cert ee-cert-policies
fail | Bad certificate policy | -auth_level 1 -policy_check -policy 1.3.6.1.4.1.16604.998855.1 -explicit_policy -trusted root-cert -untrusted ca-pol-cert ee-cert-policies-bad
`

export const RECIPE: readonly RecipeCase[] = TABLE.trim()
  .split('\n')
  .map(line => {
    const [outcome = '', name = '', args = ''] = line.split(' | ')
    return [outcome, name, args] as const
  })
