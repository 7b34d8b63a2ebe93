using System.Buffers.Binary;
using Exchange.Privacy.Noise;

namespace Exchange.Privacy.SecureSums;

/// <summary>
/// An integer modulo 2^255 − 19, in four words, low one first, always below the modulus. The field is large enough for a
/// mask's seed in one element, and 2^255 ≡ 19 makes its products cheap.
/// </summary>
internal readonly record struct FieldElement
{
    /// <summary>Bytes of an element, low one first.</summary>
    public const int ByteLength = 32;

    private const ulong LowOfModulus = ulong.MaxValue - 18;
    private const ulong HighOfModulus = ulong.MaxValue >> 1;
    private readonly ulong _w0;
    private readonly ulong _w1;
    private readonly ulong _w2;
    private readonly ulong _w3;

    private FieldElement(ulong w0, ulong w1, ulong w2, ulong w3) => (_w0, _w1, _w2, _w3) = (w0, w1, w2, w3);

    public static FieldElement One { get; } = new(1, 0, 0, 0);

    /// <summary>Uniform, by rejection.</summary>
    public static FieldElement Random(RandomBits bits)
    {
        while (true)
        {
            var drawn = new FieldElement(bits.NextUInt64(), bits.NextUInt64(), bits.NextUInt64(), bits.NextUInt64() & HighOfModulus);
            if (drawn.IsBelowModulus())
            {
                return drawn;
            }
        }
    }

    /// <summary>Reads 32 bytes; false when they are no element.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out FieldElement element)
    {
        element = new FieldElement(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]));
        return bytes.Length == ByteLength && element.IsBelowModulus();
    }

    public byte[] ToBytes()
    {
        var bytes = new byte[ByteLength];
        Write(bytes);
        return bytes;
    }

    public void Write(Span<byte> bytes) => SumLayout.Write([_w0, _w1, _w2, _w3], bytes);

    public static FieldElement operator +(FieldElement left, FieldElement right)
    {
        var sum = (UInt128)left._w0 + right._w0;
        var w0 = (ulong)sum;
        sum = (sum >> 64) + left._w1 + right._w1;
        var w1 = (ulong)sum;
        sum = (sum >> 64) + left._w2 + right._w2;
        return Reduce(w0, w1, (ulong)sum, (ulong)((sum >> 64) + left._w3 + right._w3), 0);
    }

    public static FieldElement operator -(FieldElement value) =>
        value == default ? default : ModulusLess(value);

    public static FieldElement operator *(FieldElement left, ulong right)
    {
        var product = (UInt128)left._w0 * right;
        var w0 = (ulong)product;
        product = (product >> 64) + (UInt128)left._w1 * right;
        var w1 = (ulong)product;
        product = (product >> 64) + (UInt128)left._w2 * right;
        var w2 = (ulong)product;
        product = (product >> 64) + (UInt128)left._w3 * right;
        return Reduce(w0, w1, w2, (ulong)product, (ulong)(product >> 64));
    }

    /// <summary>left · right + addend, with right below 2^58: what evaluates a polynomial at a participant's number.</summary>
    public static FieldElement MultiplyAdd(in FieldElement left, ulong right, in FieldElement addend)
    {
        var w0 = Word(left._w0, right, addend._w0, 0, out var carry);
        var w1 = Word(left._w1, right, addend._w1, carry, out carry);
        var w2 = Word(left._w2, right, addend._w2, carry, out carry);
        var w3 = Word(left._w3, right, addend._w3, carry, out carry);
        // What is above bit 255 counts 19-fold; it is below 2^59.
        var above = (carry << 1 | w3 >> 63) * 19;
        w3 &= HighOfModulus;
        w0 += above;
        if (w0 < above && ++w1 == 0 && ++w2 == 0)
        {
            w3++;
        }

        var sum = new FieldElement(w0, w1, w2, w3);
        return w3 < HighOfModulus ? sum : Reduce(w0, w1, w2, w3, 0);
    }

    // The low word of left · right + addend + carry, which fits in two.
    private static ulong Word(ulong left, ulong right, ulong addend, ulong carry, out ulong high)
    {
        high = Math.BigMul(left, right, out var low);
        low += addend;
        high += low < addend ? 1ul : 0;
        low += carry;
        high += low < carry ? 1ul : 0;
        return low;
    }

    // Horner over the words of the right factor: ((l·r3)·2^64 + l·r2)·2^64 + …
    public static FieldElement operator *(FieldElement left, FieldElement right)
    {
        var product = left * right._w3;
        product = product.TimesWord() + left * right._w2;
        product = product.TimesWord() + left * right._w1;
        return product.TimesWord() + left * right._w0;
    }

    /// <summary>The inverse, of 0 itself 0: the power of the modulus less 2 (Fermat).</summary>
    public FieldElement Inverse()
    {
        // 2^255 − 21 has ones everywhere but in its bits 2 and 4.
        var power = One;
        for (var bit = 254; bit >= 0; bit--)
        {
            power *= power;
            if (bit is not (2 or 4))
            {
                power *= this;
            }
        }

        return power;
    }

    private FieldElement TimesWord() => Reduce(0, _w0, _w1, _w2, _w3);

    // Of a value below 2^320: what is above bit 255 counts 19-fold. Twice, for the first time may carry over once more.
    private static FieldElement Reduce(ulong w0, ulong w1, ulong w2, ulong w3, ulong w4)
    {
        for (var time = 0; time < 2; time++)
        {
            var above = (UInt128)w4 << 1 | w3 >> 63;
            w3 &= HighOfModulus;
            w4 = 0;
            var sum = w0 + above * 19;
            w0 = (ulong)sum;
            sum = (sum >> 64) + w1;
            w1 = (ulong)sum;
            sum = (sum >> 64) + w2;
            w2 = (ulong)sum;
            w3 += (ulong)(sum >> 64);
        }

        var reduced = new FieldElement(w0, w1, w2, w3);
        return reduced.IsBelowModulus() ? reduced : new FieldElement(w0 - LowOfModulus, 0, 0, 0);
    }

    private static FieldElement ModulusLess(FieldElement value)
    {
        // All words of the modulus but the low one are full of ones, so only that one can borrow.
        var borrow = value._w0 > LowOfModulus ? 1ul : 0;
        var second = (UInt128)value._w1 + borrow;
        var third = (UInt128)value._w2 + (second >> 64);
        return new FieldElement(
            LowOfModulus - value._w0, ulong.MaxValue - (ulong)second, ulong.MaxValue - (ulong)third, HighOfModulus - value._w3 - (ulong)(third >> 64));
    }

    private bool IsBelowModulus() =>
        _w3 < HighOfModulus || (_w3 == HighOfModulus && (_w2 != ulong.MaxValue || _w1 != ulong.MaxValue || _w0 < LowOfModulus));
}
