using Exchange.Protocol.Errors;

namespace Exchange.Engines.Publishing;

/// <summary>Which column of a source holds which stored column.</summary>
/// <param name="Positions">One per stored column: its position in the source.</param>
/// <param name="Ignored">Columns of the source that the product does not name.</param>
internal sealed record ColumnMatch(IReadOnlyList<int> Positions, IReadOnlyList<string> Ignored)
{
    /// <summary>Matches by exact name; a missing or doubled column is refused.</summary>
    public static ColumnMatch Of(IReadOnlyList<StoredColumn> columns, IReadOnlyList<string> source)
    {
        var names = columns.Select(column => column.Name).ToHashSet(StringComparer.Ordinal);
        var positions = new List<int>(columns.Count);
        foreach (var column in columns)
        {
            var position = IndexOf(source, column.Name, 0);
            if (position < 0)
            {
                throw Missing(column.Name, [.. source.Where(name => !names.Contains(name))]);
            }

            if (IndexOf(source, column.Name, position + 1) >= 0)
            {
                throw Reasons.SourceMalformed.Because($"The source has the column \"{column.Name}\" twice.", "Rename or remove one of them.");
            }

            positions.Add(position);
        }

        return new ColumnMatch(positions, [.. source.Where(name => !names.Contains(name))]);
    }

    private static int IndexOf(IReadOnlyList<string> names, string name, int from)
    {
        for (var index = from; index < names.Count; index++)
        {
            if (names[index] == name)
            {
                return index;
            }
        }

        return -1;
    }

    private static ExchangeException Missing(string name, IReadOnlyList<string> others)
    {
        var nearest = others.OrderBy(other => Distance(name.ToUpperInvariant(), other.ToUpperInvariant())).FirstOrDefault();
        return Reasons.SourceColumnMissing.Because(
            $"The source lacks the column \"{name}\" of the product.",
            nearest is null ? "Add the column to the source." : $"Add it, or rename the column that holds it; the nearest one in the source is \"{nearest}\".");
    }

    /// <summary>Levenshtein's edit distance, over names of bounded length.</summary>
    private static int Distance(string left, string right)
    {
        left = left[..Math.Min(left.Length, 128)];
        right = right[..Math.Min(right.Length, 128)];
        var previous = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var row = 1; row <= left.Length; row++)
        {
            var current = new int[right.Length + 1];
            current[0] = row;
            for (var column = 1; column <= right.Length; column++)
            {
                var change = previous[column - 1] + (left[row - 1] == right[column - 1] ? 0 : 1);
                current[column] = Math.Min(change, Math.Min(previous[column], current[column - 1]) + 1);
            }

            previous = current;
        }

        return previous[right.Length];
    }
}
