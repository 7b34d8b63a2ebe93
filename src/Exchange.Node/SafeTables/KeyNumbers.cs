using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Exchange.Protocol.Catalog.V1;
using Exchange.Query.Execution;

namespace Exchange.Node.SafeTables;

/// <summary>Numbers the keys of one grouping expression from 0, in the order they appear, without an object for any but texts.</summary>
internal sealed class KeyNumbers(ColumnType type)
{
    /// <summary>Whole keys from 0 to below it are looked up in an array: identifiers are often counted through.</summary>
    private const int DirectMax = 1 << 24;

    private const int MetCount = 64;

    private readonly Dictionary<string, int> _texts = new(StringComparer.Ordinal);
    private readonly Dictionary<long, int> _wholes = [];

    // Engines hand over the same few instances again and again; one that was met is not compared letter by letter.
    private readonly (string? Text, int Number)[] _met = new (string?, int)[MetCount];
    private int[] _direct = [];
    private int _ofNull = -1;
    private int _count;

    /// <summary>The number of a cell's key.</summary>
    public int NumberOf(VisitedCell cell, int key, out bool known)
    {
        if (cell.IsNull(key))
        {
            return OfNull(out known);
        }

        return type.Kind switch
        {
            TypeKind.String or TypeKind.Decimal => OfText(cell.TextAt(key), out known),
            TypeKind.Double => OfWhole(BitConverter.DoubleToInt64Bits(cell.DoubleAt(key)), out known),
            _ => OfWhole(cell.WholeAt(key), out known),
        };
    }

    /// <summary>Numbers a key that comes from elsewhere; false where it has a number.</summary>
    public bool Add(object? key)
    {
        bool known;
        _ = key switch
        {
            null => OfNull(out known),
            string text => OfText(text, out known),
            double number => OfWhole(BitConverter.DoubleToInt64Bits(number), out known),
            _ => OfWhole((long)key, out known),
        };
        return !known;
    }

    /// <summary>The text under which a table names a cell's key.</summary>
    public string? TextOf(VisitedCell cell, int key) => cell.IsNull(key) ? null : type.Kind switch
    {
        TypeKind.String or TypeKind.Decimal => cell.TextAt(key),
        TypeKind.Double => TableLabels.TextOf(cell.DoubleAt(key)),
        _ => TableLabels.TextOf(cell.WholeAt(key)),
    };

    private int OfText(string text, out bool known)
    {
        ref var met = ref _met[RuntimeHelpers.GetHashCode(text) % MetCount];
        if (ReferenceEquals(met.Text, text))
        {
            known = true;
            return met.Number;
        }

        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_texts, text, out known);
        number = known ? number : _count++;
        met = (text, number);
        return number;
    }

    private int OfWhole(long whole, out bool known)
    {
        if (whole is < 0 or >= DirectMax)
        {
            ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_wholes, whole, out known);
            return known ? number : number = _count++;
        }

        if (whole >= _direct.Length)
        {
            Array.Resize(ref _direct, (int)Math.Min(DirectMax, Math.Max(256, 2 * (whole + 1))));
        }

        // One more than the number, so that 0 is none.
        ref var direct = ref _direct[whole];
        known = direct > 0;
        direct = known ? direct : ++_count;
        return direct - 1;
    }

    private int OfNull(out bool known)
    {
        known = _ofNull >= 0;
        return known ? _ofNull : _ofNull = _count++;
    }
}
