using System.Numerics;
using CsCheck;
using Exchange.Privacy.SecureSums;
using Exchange.Privacy.Tests.Noise;

namespace Exchange.Privacy.Tests.SecureSums;

/// <summary>The field of the shares, held against whole numbers of any length.</summary>
public sealed class FieldElementTests
{
    private static readonly BigInteger Modulus = BigInteger.Pow(2, 255) - 19;

    // Whole numbers near the ends of words and of the field, and anything in between.
    private static readonly Gen<BigInteger> Numbers = Gen.OneOf(
        Gen.Byte.Array[32].Select(bytes => new BigInteger(bytes, isUnsigned: true) % Modulus),
        Gen.Int[0, 255].Select(Gen.Int[-20, 20]).Select((power, offset) => (((BigInteger.Pow(2, power) + offset) % Modulus) + Modulus) % Modulus),
        Gen.Int[1, 40].Select(below => Modulus - below));

    [Fact]
    public void Sums_products_and_opposites_are_those_of_whole_numbers() => Numbers.Select(Numbers, Gen.ULong).Sample((left, right, word) =>
    {
        Assert.Equal((left + right) % Modulus, Number(Element(left) + Element(right)));
        Assert.Equal(left * right % Modulus, Number(Element(left) * Element(right)));
        Assert.Equal(left * word % Modulus, Number(Element(left) * word));
        Assert.Equal((Modulus - left) % Modulus, Number(-Element(left)));
        Assert.Equal((left * (word >> 6) + right) % Modulus, Number(FieldElement.MultiplyAdd(Element(left), word >> 6, Element(right))));
        Assert.Equal((left * (word & 1023) + right) % Modulus, Number(FieldElement.MultiplyAdd(Element(left), word & 1023, Element(right))));
    });

    [Fact]
    public void A_number_times_its_inverse_is_one() => Numbers.Where(number => !number.IsZero).Sample(
        number => Assert.Equal(FieldElement.One, Element(number) * Element(number).Inverse()), iter: 50);

    [Fact]
    public void Bytes_of_the_modulus_and_above_are_no_element()
    {
        foreach (var above in (BigInteger[])[Modulus, Modulus + 1, BigInteger.Pow(2, 255), BigInteger.Pow(2, 256) - 1])
        {
            Assert.False(FieldElement.TryRead(BytesOf(above), out _));
        }

        Assert.True(FieldElement.TryRead(BytesOf(Modulus - 1), out var last));
        Assert.Equal(default, last + FieldElement.One);
    }

    [Fact]
    public void Any_shares_of_the_threshold_s_number_give_the_secret_and_one_fewer_do_not() =>
        Gen.Int[2, 40].Select(Gen.Int[2, 40], Gen.Int).Sample((one, other, seed) =>
        {
            var (threshold, count) = (Math.Min(one, other), Math.Max(one, other));
            var bits = new SeededBits($"{seed}");
            var secret = FieldElement.Random(bits);
            var shares = SecretSharing.Split(secret, threshold, count, bits);
            int[] holders = [.. Enumerable.Range(0, count).OrderBy(_ => bits.NextUInt64()).Take(threshold).Order()];
            Assert.Equal(secret, Join(holders, shares));
            Assert.NotEqual(secret, Join(holders[1..], shares));
        }, iter: 200);

    private static FieldElement Join(int[] holders, FieldElement[] shares) =>
        SecretSharing.Join(SecretSharing.Weights(holders), [.. holders.Select(holder => shares[holder])]);

    private static FieldElement Element(BigInteger number)
    {
        Assert.True(FieldElement.TryRead(BytesOf(number), out var element));
        return element;
    }

    private static BigInteger Number(FieldElement element) => new(element.ToBytes(), isUnsigned: true);

    private static byte[] BytesOf(BigInteger number)
    {
        var bytes = new byte[FieldElement.ByteLength];
        number.TryWriteBytes(bytes, out _, isUnsigned: true);
        return bytes;
    }
}
