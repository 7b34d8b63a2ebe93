using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Exchange.Engines.DuckDb.Units;

/// <summary>
/// SipHash-2-4 with 128 bits (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012): under a secret key nobody finds two texts with one hash,
/// and by chance two of 2⁴⁰ texts have the same with a probability below 2⁻⁴⁸.
/// </summary>
internal static class SipHash
{
    /// <summary>The two halves of a text's hash.</summary>
    public static (ulong Low, ulong High) Of(ReadOnlySpan<byte> text, ulong key0, ulong key1)
    {
        var state = new State(key0 ^ 0x736F6D6570736575, key1 ^ 0x646F72616E646F6D ^ 0xEE, key0 ^ 0x6C7967656E657261, key1 ^ 0x7465646279746573);
        var rest = text;
        for (; rest.Length >= sizeof(ulong); rest = rest[sizeof(ulong)..])
        {
            state.Take(BinaryPrimitives.ReadUInt64LittleEndian(rest));
        }

        // The last word has what is left of the text, and its length.
        var last = (ulong)text.Length << 56;
        for (var index = 0; index < rest.Length; index++)
        {
            last |= (ulong)rest[index] << (8 * index);
        }

        state.Take(last);
        state.V2 ^= 0xEE;
        var low = state.Finish();
        state.V1 ^= 0xDD;
        return (low, state.Finish());
    }

    private ref struct State(ulong v0, ulong v1, ulong v2, ulong v3)
    {
        public ulong V1 = v1;
        public ulong V2 = v2;
        private ulong _v0 = v0;
        private ulong _v3 = v3;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Take(ulong word)
        {
            _v3 ^= word;
            Round();
            Round();
            _v0 ^= word;
        }

        public ulong Finish()
        {
            Round();
            Round();
            Round();
            Round();
            return _v0 ^ V1 ^ V2 ^ _v3;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Round()
        {
            _v0 += V1;
            V2 += _v3;
            V1 = BitOperations.RotateLeft(V1, 13) ^ _v0;
            _v3 = BitOperations.RotateLeft(_v3, 16) ^ V2;
            _v0 = BitOperations.RotateLeft(_v0, 32);
            V2 += V1;
            _v0 += _v3;
            V1 = BitOperations.RotateLeft(V1, 17) ^ V2;
            _v3 = BitOperations.RotateLeft(_v3, 21) ^ _v0;
            V2 = BitOperations.RotateLeft(V2, 32);
        }
    }
}
