using CsCheck;
using EtlTools.Engine.Extract.Sql;
using Xunit;

namespace EtlTools.Engine.Tests.Extract.Sql;

public sealed class SqlTextTests
{
    [Theory]
    [InlineData("SELECT 1", false)]
    [InlineData("SELECT 1;", false)]
    [InlineData("SELECT 1; -- done", false)]
    [InlineData("SELECT 1; /* a; b */ ;", false)]
    [InlineData("SELECT ';'", false)]
    [InlineData("SELECT 'it''s; here'", false)]
    [InlineData("SELECT \"a;b\", `c;d`, [e;f]", false)]
    [InlineData("SELECT $tag$ ; SELECT 2 $tag$", false)]
    [InlineData("SELECT $$;$$", false)]
    [InlineData("SELECT /* outer /* inner; */ ; */ 1", false)]
    [InlineData("SELECT 1; SELECT 2", true)]
    [InlineData("SELECT ';'; DROP TABLE t", true)]
    [InlineData("SELECT 1 -- ;\n; DELETE FROM t", true)]
    public void Read_Statements_AreCounted(string text, bool several) => Assert.Equal(several, SqlText.Read(text, isPostgres: false).HasSeveralStatements);

    [Theory]
    [InlineData("", true)]
    [InlineData(" \n-- nothing\n/* at all */ ;", true)]
    [InlineData("x", false)]
    [InlineData("''", false)]
    public void Read_Nothing_IsEmpty(string text, bool isEmpty) => Assert.Equal(isEmpty, SqlText.Read(text, isPostgres: false).IsEmpty);

    [Theory]
    [InlineData("SELECT @a + @b_2, @A", "a b_2")]
    [InlineData("SELECT '@a', \"@b\", -- @c\n /* @d */ @e", "e")]
    [InlineData("SELECT @@version, x@y, tags @> ARRAY[1], box @-@ 1", "")]
    [InlineData("WHERE id>@from AND name='it''s'||@to", "from to")]
    public void Read_Parameters_AreFound(string text, string names) => Assert.Equal(names, string.Join(' ', SqlText.Read(text, isPostgres: false).Parameters));

    [Theory]
    [InlineData("id = ANY(ARRAY[@a, @b])", "a b")]
    [InlineData("(ARRAY['x', '@y'])[@i]", "i")]
    [InlineData(@"E'it\'s @no' || @a", "a")]
    [InlineData(@"e'a\\' || @a", "a")]
    [InlineData("E'it''s @no' || @a", "a")]
    [InlineData("name'x' || @a", "a")]
    public void Read_PostgresNotation_IsUnderstood(string text, string names) => Assert.Equal(names, string.Join(' ', SqlText.Read(text, isPostgres: true).Parameters));

    [Theory]
    [InlineData("SELECT $1, $2", "$1")]
    [InlineData("SELECT '$1', $tag$ $2 $tag$, a$3", null)]
    public void Read_NumberedParameter_IsFound(string text, string? numbered) => Assert.Equal(numbered, SqlText.Read(text, isPostgres: true).Numbered);

    [Theory]
    [InlineData("id = $id", "$id")]
    [InlineData("id = :id", ":id")]
    [InlineData("id = ?1", "?")]
    [InlineData("id = @id::int", "::int")]
    [InlineData("id = @id AND v = ':x ? $y' AND a$b = 1", null)]
    public void Read_ParameterOfSqlite_IsFound(string text, string? other) => Assert.Equal(other, SqlText.Read(text, isPostgres: false).OfSqlite);

    [Theory]
    [InlineData("id = 1", true)]
    [InlineData("(a = ')' OR (b = 1)) -- (", true)]
    [InlineData("id = 1) OR (1 = 1", false)]
    [InlineData("(id = 1", false)]
    public void Read_Brackets_AreMatched(string text, bool matches) => Assert.Equal(matches, SqlText.Read(text, isPostgres: false).HasMatchingBrackets);

    [Fact]
    public void Read_AnyText_ComesToAnEnd() => Gen.OneOf(Gen.Const('\''), Gen.Const('"'), Gen.Const(';'), Gen.Const('@'), Gen.Const('$'), Gen.Const('-'), Gen.Const('/'), Gen.Const('*'), Gen.Const('['), Gen.Const('a'), Gen.Const('\n'), Gen.Char)
        .Array[0, 40].Sample(chars => _ = SqlText.Read(new string(chars), isPostgres: chars.Length % 2 == 0));
}
