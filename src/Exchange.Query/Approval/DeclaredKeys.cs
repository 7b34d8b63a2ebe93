using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Products;

namespace Exchange.Query.Approval;

/// <summary>
/// The keys that groups can have, as the product declares them and whatever the data hold: the values of a domain, a range of whole
/// numbers, the intervals of cuts, true and false, the months of a year. NULL is one of them unless the column is required.
/// </summary>
public static class DeclaredKeys
{
    /// <summary>Every combination of the keys; null where a key is not declared, or there are more than so many.</summary>
    public static IReadOnlyList<object?[]>? Of(IReadOnlyList<ApprovedKey> keys, Product product, int most)
    {
        if (CountOf(keys, product, most) is null)
        {
            return null;
        }

        IReadOnlyList<object?[]> combinations = [[]];
        foreach (var key in keys)
        {
            var values = Of(key.Expression, product, most)!;
            combinations = [.. combinations.SelectMany(prefix => values.Select(value => (object?[])[.. prefix, value]))];
        }

        return combinations;
    }

    /// <summary>How many combinations there are; null where a key is not declared, or there are more than so many.</summary>
    public static int? CountOf(IReadOnlyList<ApprovedKey> keys, Product product, int most)
    {
        var count = 1L;
        foreach (var key in keys)
        {
            if (Of(key.Expression, product, most) is not { } values || (count *= values.Count) > most)
            {
                return null;
            }
        }

        return (int)count;
    }

    /// <summary>The columns among the keys whose values the product does not declare.</summary>
    public static IReadOnlyList<string> UndeclaredOf(IReadOnlyList<ApprovedKey> keys, Product product) => [.. keys
        .Where(key => Of(key.Expression, product, int.MaxValue) is null)
        .Select(key => GroupingRules.DimensionOf(key.Expression, product.Columns).Name).Distinct()];

    private static List<object?>? Of(Expression key, Product product, int most)
    {
        var column = GroupingRules.DimensionOf(key, product.Columns);
        if (ValuesOf(key, column, most) is not { } values)
        {
            return null;
        }

        var all = values.ToList();
        if (!column.Required)
        {
            all.Add(null);
        }

        return all;
    }

    private static IEnumerable<object?>? ValuesOf(Expression key, Column column, int most)
    {
        if (key.KindCase == Expression.KindOneofCase.Call)
        {
            return key.Call.Operator switch
            {
                Operator.Bucket => Whole(0, column.Cuts.Count),
                Operator.Extract => key.Call.Grain switch
                {
                    Grain.Quarter => Whole(1, 4),
                    Grain.Month => Whole(1, 12),
                    Grain.Week => Whole(1, 53),
                    Grain.Day => Whole(1, 31),
                    Grain.Hour => Whole(0, 23),
                    _ => null,
                },
                _ => null,
            };
        }

        return (column.Type.Kind, column.Definition) switch
        {
            (TypeKind.Bool, _) => Whole(0, 1),
            (TypeKind.String, { Domain.Count: > 0 } definition) => definition.Domain,
            (TypeKind.Int, { Range: { } range }) when range.High - range.Low < most => Whole((long)Math.Ceiling(range.Low), (long)Math.Floor(range.High)),
            _ => null,
        };
    }

    private static IEnumerable<object?> Whole(long first, long last)
    {
        for (var number = first; number <= last; number++)
        {
            yield return number;
        }
    }
}
