using Exchange.Engines.Publishing.RowHashes;

namespace Exchange.Engines.Tests.Publishing.RowHashes;

public sealed class SipHashTests
{
    private static readonly RowHashKey Key = RowHashKey.From([.. Enumerable.Range(0, 16).Select(i => (byte)i)]);

    // Appendix A of the paper, and the first vectors of its authors' reference implementation: key 00…0f, text 00, 01, ….
    [Theory]
    [InlineData(0, 0x726fdb47dd0e0e31)]
    [InlineData(1, 0x74f839c593dc67fd)]
    [InlineData(8, 0x93f5f5799a932462)]
    [InlineData(15, 0xa129ca6149be45e5)]
    public void The_published_vectors_hold(int length, ulong expected) =>
        Assert.Equal(expected, SipHash.Of(Key, [.. Enumerable.Range(0, length).Select(i => (byte)i)]));

    [Fact]
    public void Ten_bytes_in_two_numbers_are_the_ten_bytes() =>
        Assert.Equal(SipHash.Of(Key, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), SipHash.OfTen(Key, 0x0807060504030201, 0x0a09));
}
