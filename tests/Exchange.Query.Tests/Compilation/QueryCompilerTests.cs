using Exchange.Protocol.Errors;
using Exchange.Query.Compilation;

namespace Exchange.Query.Tests.Compilation;

public sealed class QueryCompilerTests
{
    [Fact]
    public void Refusals_never_repeat_a_literal()
    {
        var golden = Path.Combine(Path.GetDirectoryName(SourceFile())!, "Golden", "refusals.golden");
        foreach (var block in File.ReadAllText(golden).Split("\n\n"))
        {
            var expected = block.Split("\n----\n")[1];
            Assert.DoesNotContain("secret", expected, StringComparison.Ordinal);
            Assert.Matches(@"\A[A-Z_]+: ", expected);
        }
    }

    [Fact]
    public void Text_of_the_longest_length_is_read_and_one_longer_is_not()
    {
        var longest = "SELECT COUNT(*) FROM readings".PadRight(QueryCompiler.SqlCharactersMax);

        Assert.NotNull(QueryCompiler.Compile(longest, [Samples.Readings]));
        Assert.Equal(Reasons.SqlTooLarge, Assert.Throws<ExchangeException>(() => QueryCompiler.Compile(longest + " ", [Samples.Readings])).Reason);
    }

    [Theory]
    [InlineData("NOT ", 900, "night")]
    [InlineData("kwh + ", 900, "kwh > 1")]
    [InlineData("abs(", 1200, "1")]
    [InlineData("(", 5000, "1")]
    public void Deep_nesting_is_refused_and_never_crashes(string level, int levels, string end)
    {
        var sql = $"SELECT COUNT(*) FROM readings WHERE {string.Concat(Enumerable.Repeat(level, levels))}{end}{new string(')', level.Count(c => c == '(') * levels)}";

        Assert.Throws<ExchangeException>(() => QueryCompiler.Compile(sql, [Samples.Readings]));
    }

    [Fact]
    public void Empty_text_and_zero_characters_are_refused()
    {
        Assert.Equal(Reasons.SqlSyntax, Assert.Throws<ExchangeException>(() => QueryCompiler.Compile(" \n", [Samples.Readings])).Reason);
        Assert.Equal(Reasons.SqlSyntax, Assert.Throws<ExchangeException>(() => QueryCompiler.Compile("SELECT\0", [Samples.Readings])).Reason);
        Assert.Equal(Reasons.SqlNotSupported, Assert.Throws<ExchangeException>(() => QueryCompiler.Compile("-- nothing", [Samples.Readings])).Reason);
    }

    [Fact]
    public void Table_is_the_highest_major_of_its_name()
    {
        var next = Samples.ReadingsDefinition();
        next.Major = 10;
        var products = new[] { Samples.ProductOf(next), Samples.Readings };

        Assert.Equal("readings/10", QueryCompiler.Compile("SELECT COUNT(*) FROM readings", products).Product.Id);
        Assert.Equal("readings/1", QueryCompiler.Compile("SELECT COUNT(*) FROM \"readings/1\"", products).Product.Id);
    }

    [Fact]
    public void Compiling_from_many_threads_gives_the_same_plans()
    {
        var plans = new string[64];
        Parallel.For(0, plans.Length, i => plans[i] = QueryCompiler.Compile($"SELECT region, SUM(kwh) FROM readings WHERE age > {i % 4} GROUP BY 1", [Samples.Readings]).Explain());

        Assert.Equal(4, plans.Distinct().Count());
    }

    private static string SourceFile([System.Runtime.CompilerServices.CallerFilePath] string path = "") => path;
}
