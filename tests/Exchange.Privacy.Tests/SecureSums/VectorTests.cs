using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Exchange.Privacy.SecureSums;

namespace Exchange.Privacy.Tests.SecureSums;

/// <summary>Published vectors of what secure sums are made of, and one of the whole masking that a second implementation agrees on.</summary>
public sealed class VectorTests
{
    [Fact]
    public void Two_keys_of_RFC_7748_share_the_mask_key_that_follows_from_their_published_secret()
    {
        // Section 6.1: Alice and Bob.
        using var alice = new AgreementKey(Convert.FromHexString("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
        using var bob = new AgreementKey(Convert.FromHexString("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));
        Assert.Equal("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a", Convert.ToHexStringLower(alice.Public));
        Assert.Equal("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f", Convert.ToHexStringLower(bob.Public));

        var secret = Convert.FromHexString("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
        var salt = SHA256.HashData("salt"u8);
        byte[] info = [.. "fx-secagg/v1"u8, 0, 0, 0, 4, 0, 0, 0, 9, .. alice.Public, .. bob.Public];
        var expected = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, salt, info);
        Assert.Equal(expected, AgreementKey.Derive(alice.Agree(bob.Public), salt, (4, alice.Public), (9, bob.Public)).Root);
        Assert.Equal(expected, AgreementKey.Derive(bob.Agree(alice.Public), salt, (9, bob.Public), (4, alice.Public)).Root);
    }

    [Fact]
    public void A_key_of_low_order_is_refused()
    {
        using var key = new AgreementKey(SHA256.HashData("key"u8));
        Assert.Equal(SecureSumFault.MessageMalformed, Assert.Throws<SecureSumException>(() => key.Agree(new byte[32])).Fault);
    }

    [Fact]
    public void HKDF_gives_the_first_case_of_RFC_5869()
    {
        var (key, derived) = (new byte[32], new byte[42]);
        Sodium.Extract(key, Convert.FromHexString("000102030405060708090a0b0c"), Enumerable.Repeat((byte)0x0b, 22).ToArray());
        Assert.Equal("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5", Convert.ToHexStringLower(key));
        Sodium.Expand(derived, key, Convert.FromHexString("f0f1f2f3f4f5f6f7f8f9"));
        Assert.Equal("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865", Convert.ToHexStringLower(derived));
    }

    [Fact]
    public void HMAC_gives_the_first_case_of_RFC_4231()
    {
        // Its key has 20 bytes, which are filled up with zeros.
        byte[] key = [.. Enumerable.Repeat((byte)0x0b, 20), .. new byte[12]];
        Assert.Equal("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7", Convert.ToHexStringLower(Sodium.Hmac(key, "Hi There"u8)));
    }

    [Fact]
    public void Sealing_gives_the_example_of_RFC_8439_and_opens_only_as_it_was_sealed()
    {
        // Section 2.8.2.
        byte[] key = [.. Enumerable.Range(0x80, 32).Select(one => (byte)one)];
        var (nonce, associated) = (Convert.FromHexString("070000004041424344454647"), Convert.FromHexString("50515253c0c1c2c3c4c5c6c7"));
        var plain = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."u8.ToArray();
        var ciphertext = Sodium.Seal(plain, associated, nonce, key);
        Assert.Equal("d31a8d34648e60db7b86afbc53ef7ec2", Convert.ToHexStringLower(ciphertext[..16]));
        Assert.Equal("1ae10b594f09e26a7e902ecbd0600691", Convert.ToHexStringLower(ciphertext[^16..]));

        var opened = new byte[plain.Length];
        Assert.True(Sodium.TryOpen(opened, ciphertext, associated, nonce, key));
        Assert.Equal(plain, opened);
        foreach (var part in (byte[][])[ciphertext, associated, nonce, key])
        {
            part[^1] ^= 1;
            Assert.False(Sodium.TryOpen(opened, ciphertext, associated, nonce, key));
            part[^1] ^= 1;
        }

        Assert.False(Sodium.TryOpen(new byte[plain.Length - 1], ciphertext, associated, nonce, key));
    }

    [Fact]
    public void The_mask_is_the_key_stream_of_RFC_8439()
    {
        var stream = new byte[128];
        MaskStream.Fill(stream, new byte[32]);
        // A.1, test vectors 1 and 2: blocks 0 and 1 of the key of zeros.
        Assert.Equal(
            "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"
            + "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f",
            Convert.ToHexStringLower(stream));
    }

    [Fact]
    public void Three_nodes_mask_as_a_second_implementation_does()
    {
        string[] publicKeys =
        [
            "a882b9c32580a6027fcc92a4a3de9af97f548b9a46f86981229729f3e54a8202",
            "87ea0acde66ded96e552a91bc547eb5274d8157d4f693b44e760b504b2a9e21f",
            "f5fec3f02fd98c332f5df645b6fcbd6f6869ad07b66ce34d7171999867a81802",
        ];
        ulong[][] values = [[5, 1000, 1ul << 63], [7, 2000, 1], [11, 3000, 1ul << 63]];
        ulong[][] masked =
        [
            [0xb9603818932f2597, 0xc4786bb11a06b7d0, 0x02f5fbc9d13bfdbc],
            [0x71f366fb32ada5be, 0x85d37bbda7cb1ff2, 0x787c8a27433eded8],
            [0xd4ac60ec3a2334c2, 0xb5b418913e2e3fae, 0x848d7a0eeb85236d],
        ];
        var salt = SHA256.HashData("test-query-1"u8);
        var layout = new SumLayout(3, 0);
        var keys = Enumerable.Range(0, 3).Select(at => new AgreementKey(SHA256.HashData(Encoding.ASCII.GetBytes($"test-node-{at}")))).ToArray();
        Assert.Equal(publicKeys, keys.Select(key => Convert.ToHexStringLower(key.Public)));

        var sum = new ulong[3];
        for (var at = 0; at < 3; at++)
        {
            var words = (ulong[])values[at].Clone();
            for (var other = 0; other < 3; other++)
            {
                if (other > at)
                {
                    MaskStream.Add(layout, words, Root(at, other));
                }
                else if (other < at)
                {
                    MaskStream.Subtract(layout, words, Root(at, other));
                }
            }

            Assert.Equal(masked[at], words);
            layout.Add(sum, words);
        }

        Assert.Equal([23ul, 6000, 1], sum);

        byte[] Root(int at, int other) => AgreementKey.Derive(keys[at].Agree(keys[other].Public), salt, (at, keys[at].Public), (other, keys[other].Public)).Root;
    }

    [Fact]
    public void Any_three_shares_of_a_parabola_give_its_value_at_zero()
    {
        // f = 1234 + 166x + 94x²: small enough for every field.
        FieldElement[] coefficients = [Small(1234), Small(166), Small(94)];
        ulong[] expected = [1494, 1942, 2578, 3402, 4414, 5614];
        Assert.Equal(expected.Select(Small), Enumerable.Range(0, 6).Select(at => SecretSharing.Evaluate(coefficients, at)));
        int[][] triples = [[0, 1, 2], [1, 3, 5], [0, 4, 5], [2, 3, 4]];
        Assert.All(triples, holders => Assert.Equal(
            Small(1234), SecretSharing.Join(SecretSharing.Weights(holders), [.. holders.Select(holder => Small(expected[holder]))])));
    }

    private static FieldElement Small(ulong value)
    {
        var bytes = new byte[FieldElement.ByteLength];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Assert.True(FieldElement.TryRead(bytes, out var element));
        return element;
    }
}
