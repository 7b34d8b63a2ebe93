using System.Buffers.Binary;
using System.Numerics;

namespace Exchange.Privacy.Noise;

/// <summary>
/// Independent fair bits, and uniform integers made of them by rejection, so that every integer below a bound is exactly equally
/// likely. Not for several threads at once.
/// </summary>
public abstract class RandomBits
{
    private const int BufferBytes = 4096;

    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _used = BufferBytes;
    private uint _coins;
    private int _coinsLeft;

    /// <summary>Fills the span with fresh random bytes.</summary>
    protected abstract void Fill(Span<byte> bytes);

    /// <summary>True with probability 1/2.</summary>
    public bool NextBit()
    {
        if (_coinsLeft == 0)
        {
            _coins = NextUInt32();
            _coinsLeft = 32;
        }

        _coinsLeft--;
        var bit = (_coins & 1) != 0;
        _coins >>= 1;
        return bit;
    }

    /// <summary>32 bits.</summary>
    public uint NextUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    /// <summary>64 bits.</summary>
    public ulong NextUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    /// <summary>Uniform below the bound, which is at least 1 (multiplication with rejection: Lemire 2019).</summary>
    public ulong NextBelow(ulong bound) => bound <= uint.MaxValue ? NextBelow((uint)bound) : NextBelowWide(bound);

    /// <summary>Uniform below the bound, which is at least 1: as many bits as the bound has, until they are below it.</summary>
    public UInt128 NextBelow(UInt128 bound)
    {
        if (bound <= ulong.MaxValue)
        {
            return NextBelow((ulong)bound);
        }

        var mask = UInt128.MaxValue >> (int)UInt128.LeadingZeroCount(bound - 1);
        while (true)
        {
            var drawn = new UInt128(NextUInt64(), NextUInt64()) & mask;
            if (drawn < bound)
            {
                return drawn;
            }
        }
    }

    /// <summary>Uniform below the bound, which is at least 1.</summary>
    public BigInteger NextBelow(BigInteger bound)
    {
        if (bound.IsOne)
        {
            return BigInteger.Zero;
        }

        var bits = (int)(bound - 1).GetBitLength();
        var bytes = new byte[(bits + 7) / 8];
        while (true)
        {
            foreach (ref var one in bytes.AsSpan())
            {
                one = Take(1)[0];
            }

            bytes[^1] &= (byte)(0xFF >> (bytes.Length * 8 - bits));
            var drawn = new BigInteger(bytes, isUnsigned: true);
            if (drawn < bound)
            {
                return drawn;
            }
        }
    }

    private uint NextBelow(uint bound)
    {
        var product = (ulong)NextUInt32() * bound;
        if ((uint)product < bound)
        {
            var least = unchecked(0u - bound) % bound;
            while ((uint)product < least)
            {
                product = (ulong)NextUInt32() * bound;
            }
        }

        return (uint)(product >> 32);
    }

    private ulong NextBelowWide(ulong bound)
    {
        var high = Math.BigMul(NextUInt64(), bound, out var low);
        if (low < bound)
        {
            var least = unchecked(0ul - bound) % bound;
            while (low < least)
            {
                high = Math.BigMul(NextUInt64(), bound, out low);
            }
        }

        return high;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_used + count > BufferBytes)
        {
            Fill(_buffer);
            _used = 0;
        }

        var taken = _buffer.AsSpan(_used, count);
        _used += count;
        return taken;
    }
}
