using Exchange.Privacy.SecureSums;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Execution;

namespace Exchange.Node.Sessions;

/// <summary>
/// Which value of a secure sum stands where: for every group there can be, the figures of every aggregate, counts and sums at a fixed scale.
/// It follows from the approved question, the product and the size of the cohort alone, so that asker and owners have the same one, and it
/// tells nothing of anybody's data.
/// </summary>
internal sealed class SumPlan
{
    /// <summary>Most rows of one owner, for which the scales leave room.</summary>
    public const long RowsMax = 1L << 40;

    private readonly Part[] _parts;
    private readonly int _wideParts;

    private SumPlan(IReadOnlyList<object?[]> groups, Part[] parts)
    {
        Groups = groups;
        _parts = parts;
        _wideParts = parts.Sum(part => part.Scales.Length);
        Layout = new SumLayout(groups.Count * parts.Length, groups.Count * _wideParts);
        Cells = new SumCells(groups.Count, Each(groups.Count, parts.Length), Each(groups.Count, _wideParts));
    }

    /// <summary>Keys of every group.</summary>
    public IReadOnlyList<object?[]> Groups { get; }

    /// <summary>Where the values stand.</summary>
    public SumLayout Layout { get; }

    /// <summary>A cell per group.</summary>
    public SumCells Cells { get; }

    /// <summary>Plans an approved question.</summary>
    /// <param name="approved">The question.</param>
    /// <param name="participants">Size of the cohort.</param>
    /// <exception cref="ExchangeException">
    /// <see cref="Reasons.GroupsNotDeclared"/>; <see cref="Reasons.TooManyGroups"/>; <see cref="Reasons.BoundsMissing"/>; <see cref="Reasons.NotServedYet"/>.
    /// </exception>
    public static SumPlan Of(ApprovedFragment approved, int participants)
    {
        var parts = approved.Aggregates.Select(aggregate => PartOf(aggregate, approved, participants)).ToArray();
        var words = parts.Length + (2L * parts.Sum(part => part.Scales.Length));
        return new SumPlan(GroupsOf(approved, (int)Math.Min(approved.CellsMax, SumLayout.WordsMax / words)), parts);
    }

    /// <summary>Puts the figures of a group in.</summary>
    public void Set(SumInput input, int group, IReadOnlyList<PartialState> states)
    {
        var wide = group * _wideParts;
        for (var index = 0; index < _parts.Length; index++)
        {
            input.SetNarrow((group * _parts.Length) + index, states[index].Count);
            foreach (var value in _parts[index].Encode(states[index]))
            {
                input.SetWide(wide++, value);
            }
        }
    }

    /// <summary>The figures of a group, of all participants together; null where no value went into it.</summary>
    public PartialState[]? Get(SecureSum sum, int group)
    {
        var states = new PartialState[_parts.Length];
        var wide = group * _wideParts;
        for (var index = 0; index < states.Length; index++)
        {
            var part = _parts[index];
            states[index] = part.Decode(sum.Narrow((group * _parts.Length) + index), [.. part.Scales.Select((_, place) => sum.Wide(wide + place))]);
            wide += part.Scales.Length;
        }

        return Array.TrueForAll(states, state => state.Count == 0) ? null : states;
    }

    /// <summary>The groups in the order that the normal form of the question gives them; one whose repeated keys contradict each other is none.</summary>
    public IReadOnlyList<int> InNormalOrder(Fragment fragment)
    {
        var form = NormalForm.Of(fragment);
        return [.. Enumerable.Range(0, Groups.Count)
            .Select(group => (group, text: TextOf(Groups[group], form)))
            .Where(one => one.text is not null)
            .OrderBy(one => one.text, StringComparer.Ordinal)
            .Select(one => one.group)];
    }

    private static string? TextOf(object?[] key, NormalForm form)
    {
        var texts = new string?[form.Fragment.GroupBy.Count];
        for (var place = 0; place < key.Length; place++)
        {
            var text = key[place] is null ? "" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"={key[place]}");
            if (texts[form.Keys[place]] is { } other && other != text)
            {
                return null;
            }

            texts[form.Keys[place]] = text;
        }

        return string.Join('\n', texts);
    }

    private static IReadOnlyList<object?[]> GroupsOf(ApprovedFragment approved, int most)
    {
        if (DeclaredKeys.Of(approved.Keys, approved.Product, most) is { } groups)
        {
            return groups;
        }

        var undeclared = DeclaredKeys.UndeclaredOf(approved.Keys, approved.Product);
        throw undeclared.Count > 0
            ? Reasons.GroupsNotDeclared.Because(
                $"A secure sum is over groups that the product declares, and the values of {string.Join(" and ", undeclared.Select(name => $"'{name}'"))} are not declared.",
                "Group by columns with a domain, cuts or a range, by true and false, or by a part of a date such as its month.")
            : Reasons.TooManyGroups.Because($"A secure sum of these figures has room for {most} groups, and the product declares more.", "Group by fewer or coarser columns, or ask for fewer figures.");
    }

    private static Part PartOf(ApprovedAggregate aggregate, ApprovedFragment approved, int participants)
    {
        switch (aggregate.Kind)
        {
            case AggregateKind.CountRows or AggregateKind.Count:
                return new Part(aggregate.Kind, []);
            case AggregateKind.Sum when aggregate.ArgumentType!.Kind != TypeKind.Double:
                RequireRoom(aggregate, approved, participants);
                return new Part(aggregate.Kind, [null]);
            case AggregateKind.Sum:
                var (low, high) = BoundsOf(aggregate, approved);
                return new Part(aggregate.Kind, [SumScale.For(Math.Max(Math.Abs(low), Math.Abs(high)), RowsMax, participants)]);
            case AggregateKind.Moments:
                (low, high) = BoundsOf(aggregate, approved);
                var farthest = Math.Max(Math.Abs(low - aggregate.ShiftX), Math.Abs(high - aggregate.ShiftX));
                return new Part(aggregate.Kind, [SumScale.For(farthest, RowsMax, participants), SumScale.For(farthest * farthest, RowsMax, participants)]);
            default:
                throw Reasons.NotServedYet.Because(
                    "Minima, maxima, quantiles, COUNT(DISTINCT …), CORR and COVAR are not served in secure sums.", "Ask for counts, sums, averages and variances.");
        }
    }

    private static (double Low, double High) BoundsOf(ApprovedAggregate aggregate, ApprovedFragment approved) =>
        BoundedScan.BoundsOf(aggregate, approved.Product) is { } bounds ? (bounds.Low, bounds.High) : throw Reasons.BoundsMissing.Because(
            "A figure is asked of values that the product gives no bounds, so nothing says how large a secure sum of them can be.", "Ask about a measure with bounds.");

    // Ints of 64 bits always have room; decimals of few digits too, and others by their bounds.
    private static void RequireRoom(ApprovedAggregate aggregate, ApprovedFragment approved, int participants)
    {
        var type = aggregate.ArgumentType!;
        var room = Math.ScaleB(1, 126) / RowsMax / participants;
        if (type.Kind != TypeKind.Decimal || Math.Pow(10, type.Precision) < room)
        {
            return;
        }

        var (low, high) = BoundsOf(aggregate, approved);
        if (Math.Max(Math.Abs(low), Math.Abs(high)) * Math.Pow(10, type.Scale) >= room)
        {
            throw Reasons.FigureTooLarge.Because("A secure sum of this measure could be larger than it holds.", "Ask about a measure with narrower bounds or fewer digits.");
        }
    }

    private static IEnumerable<int> Each(int groups, int values) => Enumerable.Range(0, groups).SelectMany(group => Enumerable.Repeat(group, values));

    /// <summary>One aggregate: its count, and a wide value per scale. A scale that is absent stands for whole numbers.</summary>
    private sealed record Part(AggregateKind Kind, SumScale?[] Scales)
    {
        public Int128[] Encode(in PartialState state) => Scales switch
        {
            [] => [],
            [null] => [state.Exact],
            [var sum] => [sum.Encode(state.X)],
            [var sum, var squares] => [sum!.Encode(state.X), squares!.Encode(state.XX)],
            _ => throw new InvalidOperationException("No aggregate has more."),
        };

        public PartialState Decode(long count, Int128[] values) => Scales switch
        {
            [] => new PartialState(count),
            [null] => new PartialState(count, values[0]),
            [var sum] => new PartialState(count, X: sum.Decode(values[0])),
            [var sum, var squares] => new PartialState(count, X: sum!.Decode(values[0]), XX: squares!.Decode(values[1])),
            _ => throw new InvalidOperationException("No aggregate has more."),
        };
    }
}
