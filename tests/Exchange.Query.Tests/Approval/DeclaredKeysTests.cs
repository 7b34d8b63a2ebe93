using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Products;
using static Exchange.Query.Tests.Plans;

namespace Exchange.Query.Tests.Approval;

/// <summary>Which groups a product declares, whatever the data hold.</summary>
public sealed class DeclaredKeysTests
{
    private const int Most = 1000;

    private static readonly Expression KwhBand = Call(Operator.Bucket, Column("kwh_band"));
    private static readonly Expression MonthOfYear = Call(Operator.Extract, Grain.Month, Column("month"));

    [Fact]
    public void Without_a_key_there_is_one_group() => Assert.Empty(Assert.Single(DeclaredKeys.Of([], Samples.Readings, Most)!));

    [Fact]
    public void A_required_column_has_the_values_of_its_domain_alone() => Assert.Equal(["north", "south"], Of(Column("region"))!.Select(key => key[0]));

    [Fact]
    public void A_column_that_may_be_missing_has_a_group_without_a_value() => Assert.Equal([0L, 1L, null], Of(Column("night"))!.Select(key => key[0]));

    [Fact]
    public void A_range_has_its_whole_numbers()
    {
        var ages = Of(Column("age"))!;
        Assert.Equal(122, ages.Count);
        Assert.Equal((0L, 120L, null), (ages[0][0], ages[120][0], ages[121][0]));
    }

    [Fact]
    public void Cuts_have_an_interval_more_than_there_are_cuts() => Assert.Equal([0L, 1L, 2L, 3L, 4L], Of(KwhBand)!.Select(key => key[0]));

    [Fact]
    public void A_year_has_twelve_months_and_one_group_without() => Assert.Equal(13, Of(MonthOfYear)!.Count);

    [Fact]
    public void Several_keys_have_all_their_combinations()
    {
        var keys = Of(Column("region"), Column("night"))!;
        Assert.Equal(6, keys.Count);
        Assert.Equal(6, keys.Distinct(new CellKeys()).Count());
    }

    [Fact]
    public void Text_without_a_domain_and_dates_are_not_declared()
    {
        Assert.Null(Of(Column("day")));
        Assert.Null(Of(Column("seen")));
        Assert.Null(Of(Column("region"), Column("day")));
    }

    [Fact]
    public void As_many_combinations_as_are_allowed_are_declared_and_one_more_is_not()
    {
        Assert.Equal(244, Of(244, Column("region"), Column("age"))!.Count);
        Assert.Null(Of(243, Column("region"), Column("age")));
        Assert.Null(Of(100, Column("age")));
    }

    private static IReadOnlyList<object?[]>? Of(params Expression[] keys) => Of(Most, keys);

    private static IReadOnlyList<object?[]>? Of(int most, params Expression[] keys) =>
        DeclaredKeys.Of([.. keys.Select(key => new ApprovedKey(key, Samples.Type(TypeKind.Int)))], Samples.Readings, most);

    private sealed class CellKeys : IEqualityComparer<object?[]>
    {
        public bool Equals(object?[]? one, object?[]? other) => one.AsSpan().SequenceEqual(other);

        public int GetHashCode(object?[] key) => key.Length;
    }
}
