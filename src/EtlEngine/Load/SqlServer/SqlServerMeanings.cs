namespace EtlTools.Engine.Load.SqlServer;

/// <summary>The meaning of server errors, in this module's words, because the server's text may quote values.</summary>
internal static class SqlServerMeanings
{
    /// <summary>The meaning, as a clause; null for an unknown number. The original texts are in
    /// https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors.</summary>
    public static string? Of(int number) => number switch
    {
        102 or 105 or 156 or 170 or 319 => "its syntax is wrong",
        137 => "it uses a variable that is not declared",
        209 => "a column name in it is ambiguous",
        207 => "a column that it uses does not exist",
        208 or 1088 or 4701 or 4902 => "an object that it uses does not exist, or this login may not see it",
        229 or 230 or 262 or 297 or 300 or 15151 => "this login lacks a right",
        241 or 242 => "a text is no time of the type that it is compared with; datetime takes years from 1753 on, and at most three decimals of a second",
        245 or 8114 => "a value cannot be converted to the type that it is compared with",
        524 => "a trigger returned rows, which the server's option 'disallow results from triggers' forbids",
        544 or 545 or 8102 => "a value for an identity column",
        596 => "the session was ended by an administrator",
        605 or 823 or 824 or 832 => "the database is damaged: run DBCC CHECKDB",
        911 => "a database that it uses does not exist",
        916 => "this login may not use the database",
        924 => "the database is in single-user mode, and another login uses it",
        1101 or 1105 => "the database has no space left",
        1505 => "the table holds rows of the same key, so that no unique index can be made; find them with GROUP BY and HAVING count(*) > 1",
        1701 => "a row of the table would be longer than the 8,060 bytes of a page; use fewer columns, or varchar, nvarchar and varbinary columns",
        1702 => "a table has at most 1,024 columns, and the loader's staging table needs one more than are loaded",
        1750 => "a constraint of the new table cannot be made",
        1913 => "an index of this name exists already",
        1919 => "a column of the key has a type that cannot be indexed, such as varchar(max), varbinary(max), xml or text",
        2705 => "a column of this name exists already",
        2714 => "an object of this name exists already",
        2760 => "the schema does not exist, or this login may not use it",
        3906 => "the database is read-only",
        3952 => "the database does not allow SNAPSHOT: ALTER DATABASE … SET ALLOW_SNAPSHOT_ISOLATION ON allows it",
        4104 => "a column that it uses is not in any of its tables",
        4922 or 5074 => "an index, a constraint or a view uses the column",
        8622 => "the server has no plan that looks the key up in an index: the key needs a unique index that is enabled, has no filter and is not a columnstore index",
        8624 => "the server could not make a plan for it",
        9002 => "the transaction log is full",
        13535 => "a row of the system-versioned table was changed by a transaction that began later",
        37359 => "the table is an append-only ledger table, whose rows never change: use -Mode Insert or Append",
        40544 => "the database has reached its size limit",
        _ => null,
    };
}
