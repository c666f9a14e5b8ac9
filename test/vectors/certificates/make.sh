#!/bin/sh
# Makes the certificates of this folder anew: one authority, a leaf for each kind of key, and a long chain.
# Needs the openssl command line tool, 3.0 or later. Valid for a hundred years.
set -eu
cd "$(dirname "$0")"

authority() { # file, common name
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key.pem" -out "$1.pem" \
    -days 36500 -subj "/CN=$2" -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
}

leaf() { # file, common name, options that make the key
  name=$1 common=$2
  shift 2
  openssl genpkey "$@" -out "$name.key.pem"
  openssl req -new -key "$name.key.pem" -subj "/CN=$common" -out request.tmp
  printf 'subjectAltName=DNS:%s\nkeyUsage=critical,digitalSignature,keyEncipherment,keyAgreement\nextendedKeyUsage=serverAuth,clientAuth\n' \
    "$common" >extensions.tmp
  openssl x509 -req -in request.tmp -CA authority.pem -CAkey authority.key.pem -days 36500 -extfile extensions.tmp -out "$name.pem"
}

authority authority 'Test Authority'
leaf rsa rsa.test -algorithm RSA -pkeyopt rsa_keygen_bits:2048
leaf rsa-pss rsa-pss.test -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048
leaf p256 p256.test -algorithm EC -pkeyopt ec_paramgen_curve:P-256
leaf p384 p384.test -algorithm EC -pkeyopt ec_paramgen_curve:P-384
leaf p521 p521.test -algorithm EC -pkeyopt ec_paramgen_curve:P-521
leaf ed25519 ed25519.test -algorithm ED25519
leaf ed448 ed448.test -algorithm ED448
leaf client client.test -algorithm EC -pkeyopt ec_paramgen_curve:P-256
leaf client-rsa client-rsa.test -algorithm RSA -pkeyopt rsa_keygen_bits:2048

# A leaf and three authorities that carry so much text that the Certificate message has more than 10 KB.
text=$(printf 'A certificate that is larger than any datagram. %.0s' $(seq 68))
issuer=authority
for number in 1 2 3; do
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "step$number.tmp"
  openssl req -new -key "step$number.tmp" -subj "/CN=Long Authority $number" -out request.tmp
  printf 'basicConstraints=critical,CA:TRUE\nnsComment=%s\n' "$text" >extensions.tmp
  key=$issuer.key.pem certificate=$issuer.pem
  if [ "$number" -gt 1 ]; then key=step$((number - 1)).tmp certificate=step$((number - 1)).pem.tmp; fi
  openssl x509 -req -in request.tmp -CA "$certificate" -CAkey "$key" -days 36500 -extfile extensions.tmp -out "step$number.pem.tmp"
done
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out long-chain.key.pem
openssl req -new -key long-chain.key.pem -subj /CN=long.test -out request.tmp
printf 'subjectAltName=DNS:long.test\n' >extensions.tmp
openssl x509 -req -in request.tmp -CA step3.pem.tmp -CAkey step3.tmp -days 36500 -extfile extensions.tmp -out leaf.tmp
cat leaf.tmp step3.pem.tmp step2.pem.tmp step1.pem.tmp >long-chain.pem
rm -f ./*.tmp
