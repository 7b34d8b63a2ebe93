namespace Exchange.Attacks.Checking;

/// <summary>Where the rows of a description lie.</summary>
internal enum Lies
{
    Outside,
    Across,
    Inside,
}

/// <summary>A condition as SQL, and what it says of labels. Written for the checker, from SQL's meaning alone.</summary>
internal abstract record Condition(string Sql)
{
    /// <summary>Dimensions it speaks of.</summary>
    public abstract IEnumerable<int> Dimensions { get; }

    /// <summary>Whether the condition is true (or, where that is wanted, false) of rows with these labels.</summary>
    public abstract Lies Of(string[] labels, bool wanted);

    /// <summary>One dimension compared with constants.</summary>
    /// <param name="Truth">Null for NULL; never asked about a value that the table does not name.</param>
    public sealed record Leaf(int Dimension, string Text, Func<string, bool?> Truth) : Condition(Text)
    {
        public override IEnumerable<int> Dimensions => [Dimension];

        public override Lies Of(string[] labels, bool wanted) =>
            labels[Dimension] == Field.Other ? Lies.Across : Truth(labels[Dimension]) == wanted ? Lies.Inside : Lies.Outside;
    }

    public sealed record Not(Condition Part) : Condition($"NOT ({Part.Sql})")
    {
        public override IEnumerable<int> Dimensions => Part.Dimensions;

        public override Lies Of(string[] labels, bool wanted) => Part.Of(labels, !wanted);
    }

    public sealed record Both(Condition One, Condition Two) : Condition($"({One.Sql}) AND ({Two.Sql})")
    {
        public override IEnumerable<int> Dimensions => One.Dimensions.Concat(Two.Dimensions);

        public override Lies Of(string[] labels, bool wanted) => wanted ? Least(One.Of(labels, true), Two.Of(labels, true)) : Most(One.Of(labels, false), Two.Of(labels, false));
    }

    public sealed record Either(Condition One, Condition Two) : Condition($"({One.Sql}) OR ({Two.Sql})")
    {
        public override IEnumerable<int> Dimensions => One.Dimensions.Concat(Two.Dimensions);

        public override Lies Of(string[] labels, bool wanted) => wanted ? Most(One.Of(labels, true), Two.Of(labels, true)) : Least(One.Of(labels, false), Two.Of(labels, false));
    }

    private static Lies Least(Lies one, Lies two) => one < two ? one : two;

    private static Lies Most(Lies one, Lies two) => one > two ? one : two;
}
