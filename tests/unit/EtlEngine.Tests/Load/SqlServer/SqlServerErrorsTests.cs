using EtlTools.Engine.Load;
using EtlTools.Engine.Load.SqlServer;
using EtlTools.Engine.Records;
using EtlTools.Tests.Tds;
using Microsoft.Data.SqlClient;

namespace EtlTools.Engine.Tests.Load.SqlServer;

public sealed class SqlServerErrorsTests
{
    private static readonly SqlServerTable Table = new()
    {
        Name = new("dbo", "t"),
        Columns = [new TargetColumn { Name = "email", DeclaredType = "int", Type = SqlServerTypes.Of("int", 4, 0, 0) }],
        Key = [],
        Constraints = [new("uq_email", IsCheck: false, "email"), new("fk_CHECK", IsCheck: false, "email"), new("ck_e", IsCheck: true, null), new("fk_many", IsCheck: false, null)],
    };

    [Theory]
    [InlineData(nameof(SqlServerErrorKind.Data), 2627, 2601, 515, 547, 8152, 2628, 245, 8114, 8115, 241, 242, 220, 9420, 6905, 50000)]
    [InlineData(nameof(SqlServerErrorKind.Busy), 1204, 1205, 1222, -2, 701, 8645, 10928, 10929, 40501, 49918, 49919, 49920, 13535, 3947, 3948, 3966, 10930, 10936, 17197, 17889, 40642, 40675)]
    [InlineData(nameof(SqlServerErrorKind.Outage), 40197, 40613, 40143, 40540, 4221, 42108, 42109, 6005, 926, 941, 952, 49802)]
    [InlineData(nameof(SqlServerErrorKind.Unreachable), 4060, 233, 64, 10053, 10054, 10060, 11001, 104, 111)]
    [InlineData(nameof(SqlServerErrorKind.Fatal), 18456, 208, 207, 229, 102, 8622, 9002, 40544, 37359, 1919)]
    public void KindOf_Number_IsItsClass(string kind, params int[] numbers) =>
        Assert.All(numbers, number => Assert.Equal(kind, SqlServerErrors.KindOf(number).ToString()));

    [Fact]
    public void KindOf_BaselineOfTheDriver_IsNeverFatal() =>
        Assert.All(SqlConfigurableRetryFactory.BaselineTransientErrors, number => Assert.NotEqual(SqlServerErrorKind.Fatal, SqlServerErrors.KindOf(number)));

    [Fact]
    public void KindOf_DamagedPage_IsNotTriedAgainThoughItEndsTheConnection() =>
        Assert.All([605, 823, 824], number => Assert.Equal(SqlServerErrorKind.Fatal, SqlServerErrors.KindOf(number, level: 24)));

    [Fact]
    public void KindOf_UnknownErrorThatEndsTheConnection_IsALostConnection() =>
        Assert.Equal(SqlServerErrorKind.Unreachable, SqlServerErrors.KindOf(99_99, level: 20));

    [Theory]
    [InlineData(2627, "Violation of UNIQUE KEY constraint 'uq_email'. Cannot insert duplicate key in object 'dbo.t'. The duplicate key value is (secret).", ErrorCodes.UniqueViolation, "uq_email", "email")]
    [InlineData(2627, "Violation of PRIMARY KEY constraint 'pk'. Cannot insert duplicate key in object 'dbo.t'. The duplicate key value is (constraint 'secret').", ErrorCodes.UniqueViolation, "pk", null)]
    [InlineData(2601, "Cannot insert duplicate key row in object 'dbo.t' with unique index 'ux_email'. The duplicate key value is (secret).", ErrorCodes.UniqueViolation, "ux_email", null)]
    [InlineData(547, "The INSERT statement conflicted with the FOREIGN KEY constraint \"fk_c\". The conflict occurred in database \"shop\", table \"dbo.c\", column 'email'.", ErrorCodes.ForeignKeyViolation, "fk_c", null)]
    [InlineData(547, "The INSERT statement conflicted with the FOREIGN KEY constraint \"fk_CHECK\". The conflict occurred in database \"shop\", table \"dbo.c\", column 'id'.", ErrorCodes.ForeignKeyViolation, "fk_CHECK", "email")]
    [InlineData(547, "The UPDATE statement conflicted with the REFERENCE constraint \"fk_of_CHECKs\". The conflict occurred in database \"shop\", table \"dbo.c\", column 'id'.", ErrorCodes.ForeignKeyViolation, "fk_of_CHECKs", null)]
    [InlineData(547, "Die INSERT-Anweisung steht in Konflikt mit der FOREIGN KEY-Einschr\u00e4nkung \"fk_CHECK\". Der Konflikt trat in der shop-Datenbank, Tabelle \"dbo.c\", column 'id' auf.", ErrorCodes.ForeignKeyViolation, "fk_CHECK", "email")]
    [InlineData(547, "INSERT \u30b9\u30c6\u30fc\u30c8\u30e1\u30f3\u30c8\u306f CHECK \u5236\u7d04 \"ck_e\" \u3068\u7af6\u5408\u3057\u3066\u3044\u307e\u3059\u3002", ErrorCodes.CheckViolation, "ck_e", null)]
    [InlineData(2627, "Violation de la contrainte UNIQUE KEY \u00ab uq_email \u00bb. Valeur : (secret).", ErrorCodes.UniqueViolation, null, null)]
    [InlineData(2627, "Verletzung der UNIQUE KEY-Einschr\u00e4nkung \"uq_email\". Der doppelte Schl\u00fcsselwert ist (\"fk_CHECK\", secret).", ErrorCodes.UniqueViolation, "uq_email", "email")]
    [InlineData(547, "The MERGE statement conflicted with the CHECK constraint \"ck_e\". The conflict occurred in database \"shop\", table \"dbo.t\", column 'email'.", ErrorCodes.CheckViolation, "ck_e", "email")]
    [InlineData(515, "Cannot insert the value NULL into column 'email', table 'shop.dbo.t'; column does not allow nulls. INSERT fails.", ErrorCodes.NotNullViolation, null, "email")]
    [InlineData(2628, "String or binary data would be truncated in table 'shop.dbo.t', column 'email'. Truncated value: 'secret'.", ErrorCodes.TargetTypeMismatch, null, "email")]
    [InlineData(245, "Conversion failed when converting the varchar value 'secret' to data type int.", ErrorCodes.TargetTypeMismatch, null, null)]
    [InlineData(2627, "Verletzung der UNIQUE KEY-Einschraenkung 'uq'. Ein doppelter Schluessel: column 'secret', constraint 'secret'.", ErrorCodes.UniqueViolation, null, null)]
    [InlineData(50000, "constraint 'secret' column 'email' secret", ErrorCodes.RowRejected, null, null)]
    public async Task RowFault_ServersText_GivesNamesAndNoValue(int number, string text, string code, string? constraint, string? column)
    {
        RowFault fault = SqlServerFaults.Of(await ErrorAsync(number, text), Table);
        Assert.Equal((code, column), (fault.Code, fault.Column));
        Assert.DoesNotContain("secret", fault.Message, StringComparison.Ordinal);
        Assert.Contains($"{number}", fault.Message, StringComparison.Ordinal);
        if (constraint is not null)
            Assert.Contains($"({constraint})", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>Only the driver can make its errors.</summary>
    private static async Task<SqlError> ErrorAsync(int number, string text)
    {
        await using var server = new TdsServer { OnRequest = _ => new TdsReply().Error(number, text) };
        await using var connection = new SqlConnection(server.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new SqlCommand("SELECT 1", connection);
        SqlException error = await Assert.ThrowsAsync<SqlException>(() => command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        return error.Errors[0];
    }
}
