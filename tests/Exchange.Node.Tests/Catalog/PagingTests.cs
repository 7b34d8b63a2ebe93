using Exchange.Node.Catalog;
using Exchange.Protocol.Errors;

namespace Exchange.Node.Tests.Catalog;

public sealed class PagingTests
{
    [Fact]
    public void Pages_follow_each_other_in_order_and_the_last_has_no_token()
    {
        string[] names = ["d", "b", "a", "c"];

        var (first, token) = Paging.Page(names, name => name, 3, "");
        var (last, end) = Paging.Page(names, name => name, 3, token);

        Assert.Equal(["a", "b", "c"], first);
        Assert.Equal(["d"], last);
        Assert.Equal("", end);
    }

    [Fact]
    public void A_list_that_just_fits_is_one_page() => Assert.Equal("", Paging.Page(["a", "b"], name => name, 2, "").NextPageToken);

    [Theory]
    [InlineData(-1)]
    [InlineData(Paging.PageSizeMax + 1)]
    public void A_page_size_out_of_bounds_is_refused(int size) =>
        Assert.Equal(Reasons.InvalidRequest, Assert.Throws<ExchangeException>(() => Paging.SizeOf(size)).Reason);

    [Theory]
    [InlineData(0, Paging.PageSizeMax)]
    [InlineData(1, 1)]
    [InlineData(Paging.PageSizeMax, Paging.PageSizeMax)]
    public void A_page_size_within_bounds_stands_and_0_is_the_largest(int asked, int size) => Assert.Equal(size, Paging.SizeOf(asked));
}
