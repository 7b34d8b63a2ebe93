using System.Runtime.InteropServices;
using Exchange.Protocol.Query.V1;

namespace Exchange.Query.Merging;

/// <summary>
/// Numbers distinct group keys from 0 in the order they appear. Each part of a key gets a number of its own first, and pairs of
/// numbers are numbered in turn, so that a hundred owners' keys are compared without building an object for any of them.
/// </summary>
internal sealed class CellNumbering
{
    private readonly PartNumbering[] _parts;
    private readonly Dictionary<long, int>[] _pairs;

    public CellNumbering(int parts)
    {
        _parts = new PartNumbering[parts];
        _pairs = new Dictionary<long, int>[parts];
        for (var i = 0; i < parts; i++)
        {
            (_parts[i], _pairs[i]) = (new PartNumbering(), []);
        }
    }

    /// <summary>The number of the key in that row.</summary>
    public int NumberOf(IReadOnlyList<KeyColumn> keys, int row)
    {
        var number = 0;
        for (var i = 0; i < _parts.Length; i++)
        {
            number = Join(i, number, _parts[i].NumberOf(keys[i], row));
        }

        return number;
    }

    /// <summary>The number of a key as in a <see cref="ReleasedCell"/>.</summary>
    public int NumberOf(object?[] key)
    {
        var number = 0;
        for (var i = 0; i < _parts.Length; i++)
        {
            number = Join(i, number, _parts[i].NumberOf(key[i]));
        }

        return number;
    }

    private int Join(int place, int before, int part)
    {
        var next = _pairs[place].Count;
        return place == 0 ? part : Number(_pairs[place], ((long)before << 32) | (uint)part, ref next);
    }

    private static int Number<T>(Dictionary<T, int> numbers, T value, ref int next)
        where T : notnull
    {
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(numbers, value, out var known);
        if (!known)
        {
            number = next++;
        }

        return number;
    }

    /// <summary>Numbers the values of one grouping expression; they are all of one type, or NULL.</summary>
    private sealed class PartNumbering
    {
        private readonly Dictionary<string, int> _texts = new(StringComparer.Ordinal);
        private readonly Dictionary<long, int> _wholes = [];
        private int? _null;
        private int _next;

        public int NumberOf(KeyColumn column, int row)
        {
            if (column.Nulls.Count > 0 && column.Nulls[row])
            {
                return OfNull();
            }

            return column.Strings.Count > 0 ? OfText(column.Strings[row])
                : column.Ints.Count > 0 ? OfWhole(column.Ints[row])
                : column.Doubles.Count > 0 ? OfWhole(BitsOf(column.Doubles[row]))
                : OfText(column.Decimals[row]);
        }

        public int NumberOf(object? value) => value switch
        {
            null => OfNull(),
            string text => OfText(text),
            double number => OfWhole(BitsOf(number)),
            _ => OfWhole((long)value),
        };

        private int OfText(string text) => Number(_texts, text, ref _next);

        private int OfWhole(long whole) => Number(_wholes, whole, ref _next);

        private int OfNull() => _null ??= _next++;

        private static long BitsOf(double number) => BitConverter.DoubleToInt64Bits(number == 0 ? 0.0 : number);
    }
}
