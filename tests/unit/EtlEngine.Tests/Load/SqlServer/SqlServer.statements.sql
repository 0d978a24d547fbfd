-- Every statement that is sent to SQL Server. To renew it: ETLTOOLS_RENEW_SNAPSHOTS=1.

-- settings
SET ANSI_NULLS, ANSI_PADDING, ANSI_WARNINGS, ARITHABORT, CONCAT_NULL_YIELDS_NULL, QUOTED_IDENTIFIER ON;
SET NUMERIC_ROUNDABORT, XACT_ABORT, IMPLICIT_TRANSACTIONS, NOCOUNT OFF;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
DECLARE @first int = @@DATEFIRST, @format nvarchar(3) = N'mdy';
SELECT @format = dateformat FROM sys.syslanguages WHERE langid = @@LANGID;
SET LANGUAGE us_english;
SET DATEFIRST @first;
SET DATEFORMAT @format;

-- edition
SELECT CAST(SERVERPROPERTY('EngineEdition') AS int);

-- begin
BEGIN TRANSACTION;

-- savepoint
SAVE TRANSACTION [etl_range];

-- back to the savepoint
ROLLBACK TRANSACTION [etl_range];

-- savepoint of a batch
SAVE TRANSACTION [etl_batch];

-- back to the savepoint of a batch
IF XACT_STATE() = 1 ROLLBACK TRANSACTION [etl_batch];
SELECT CAST(XACT_STATE() AS int);

-- references
DECLARE @table nvarchar(520) = N'[dbo].[t]';
SELECT COUNT(*)
FROM sys.foreign_keys AS f
WHERE f.referenced_object_id = OBJECT_ID(@table) AND f.parent_object_id <> f.referenced_object_id AND f.is_disabled = 0;

-- commit
COMMIT TRANSACTION;

-- rollback
IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;

-- transaction state
SELECT CAST(XACT_STATE() AS int);

-- probe
SELECT 1;

-- clear staging
TRUNCATE TABLE [#etl_stage];

-- claim
DECLARE @name nvarchar(200) = N'x', @quoted nvarchar(520) = N'[etl_watermark]', @wait int = 5000;
DECLARE @result int;
DECLARE @id int = (SELECT COALESCE(OBJECT_ID(n.base_object_name), o.object_id)
    FROM sys.objects AS o LEFT JOIN sys.synonyms AS n ON n.object_id = o.object_id WHERE o.object_id = OBJECT_ID(@quoted));
DECLARE @resource nvarchar(255) = CONCAT(N'EtlTools ', CONVERT(nvarchar(64), HASHBYTES(N'SHA2_256', CONCAT(@id, NCHAR(10), @name)), 2));
EXEC @result = sp_getapplock @Resource = @resource, @LockMode = N'Exclusive', @LockOwner = N'Session', @LockTimeout = @wait;
SELECT @result;

-- describe
DECLARE @table nvarchar(520) = N'[dbo].[t]';
DECLARE @id int = OBJECT_ID(@table);
SELECT SCHEMA_NAME(o.schema_id), o.name, o.type, n.base_object_name,
    CAST(CASE WHEN t.is_external = 1 OR t.is_memory_optimized = 1 OR t.temporal_type = 1 THEN 1 ELSE 0 END AS bit),
    CAST(CASE WHEN DATABASEPROPERTYEX(DB_NAME(), 'Updateability') = 'READ_ONLY' THEN 1 ELSE 0 END AS bit), DB_NAME(),
    CAST(CASE WHEN EXISTS (SELECT 1 FROM sys.triggers AS g WHERE g.parent_id = @id AND g.is_disabled = 0)
        OR EXISTS (SELECT 1 FROM sys.foreign_keys AS f WHERE f.parent_object_id = @id AND f.referenced_object_id = @id AND f.is_disabled = 0)
        THEN 1 ELSE 0 END AS bit),
    CAST(CASE WHEN EXISTS (SELECT 1 FROM sys.check_constraints AS k WHERE k.parent_object_id = @id AND k.is_disabled = 0)
        OR EXISTS (SELECT 1 FROM sys.foreign_keys AS f WHERE f.parent_object_id = @id AND f.is_disabled = 0)
        OR EXISTS (SELECT 1 FROM sys.columns AS c WHERE c.object_id = @id AND (c.is_computed = 1 OR c.rule_object_id <> 0))
        OR EXISTS (SELECT 1 FROM sys.security_predicates AS p WHERE p.target_object_id = @id)
        OR EXISTS (SELECT 1 FROM sys.index_columns AS x INNER JOIN sys.columns AS c ON c.object_id = x.object_id AND c.column_id = x.column_id
            WHERE x.object_id = @id AND x.key_ordinal > 0 GROUP BY x.index_id HAVING SUM(c.max_length) > 900)
        THEN 1 ELSE 0 END AS bit),
    CAST(CASE WHEN EXISTS (SELECT 1 FROM sys.views AS v INNER JOIN sys.indexes AS i ON i.object_id = v.object_id
        WHERE i.is_unique = 1 AND i.is_disabled = 0 AND CHARINDEX(o.name, COALESCE(OBJECT_DEFINITION(v.object_id), o.name)) > 0)
        THEN 1 ELSE 0 END AS bit)
FROM sys.objects AS o
LEFT JOIN sys.tables AS t ON t.object_id = o.object_id
LEFT JOIN sys.synonyms AS n ON n.object_id = o.object_id
WHERE o.object_id = @id;
SELECT c.name, COALESCE(b.name, TYPE_NAME(c.user_type_id)), c.max_length, c.precision, c.scale, c.collation_name,
    CAST(COLLATIONPROPERTY(c.collation_name, 'CodePage') AS int), c.is_nullable, c.is_identity,
    CAST(CASE WHEN c.is_computed = 1 OR c.generated_always_type <> 0 OR c.is_column_set = 1 OR b.name = 'timestamp' THEN 1 ELSE 0 END AS bit),
    CAST(CASE WHEN c.default_object_id <> 0 THEN 1 ELSE 0 END AS bit),
    CAST(CASE WHEN c.encryption_type IS NOT NULL THEN 1 ELSE 0 END AS bit), c.is_computed
FROM sys.columns AS c
LEFT JOIN sys.types AS b ON b.user_type_id = c.system_type_id
WHERE c.object_id = @id
ORDER BY c.column_id;
SELECT i.index_id, c.name, i.has_filter, i.name, i.ignore_dup_key
FROM sys.indexes AS i
INNER JOIN sys.index_columns AS x ON x.object_id = i.object_id AND x.index_id = i.index_id AND x.key_ordinal > 0
INNER JOIN sys.columns AS c ON c.object_id = x.object_id AND c.column_id = x.column_id
WHERE i.object_id = @id AND i.is_unique = 1 AND i.is_disabled = 0 AND i.is_hypothetical = 0
ORDER BY i.index_id, x.key_ordinal;
SELECT k.name, CAST(1 AS bit), COL_NAME(k.parent_object_id, NULLIF(k.parent_column_id, 0))
FROM sys.check_constraints AS k
WHERE k.parent_object_id = @id AND k.is_disabled = 0
UNION ALL
SELECT f.name, CAST(0 AS bit), CASE WHEN COUNT(*) = 1 AND f.parent_object_id = @id THEN MAX(COL_NAME(x.parent_object_id, x.parent_column_id)) END
FROM sys.foreign_keys AS f
INNER JOIN sys.foreign_key_columns AS x ON x.constraint_object_id = f.object_id
WHERE (f.parent_object_id = @id OR f.referenced_object_id = @id) AND f.is_disabled = 0
GROUP BY f.name, f.object_id, f.parent_object_id;
SELECT DISTINCT permission_name
FROM sys.fn_my_permissions(@table, 'OBJECT')
WHERE permission_name IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'ALTER');

-- tables
SELECT CASE WHEN SCHEMA_NAME(t.schema_id) = SCHEMA_NAME() THEN NULL ELSE SCHEMA_NAME(t.schema_id) END, t.name
FROM sys.tables AS t
WHERE t.is_ms_shipped = 0
ORDER BY CASE WHEN SCHEMA_NAME(t.schema_id) = SCHEMA_NAME() THEN 0 ELSE 1 END, SCHEMA_NAME(t.schema_id), t.name;

-- columns
DECLARE @schema nvarchar(128), @name nvarchar(128) = N't';
SELECT c.name
FROM sys.columns AS c
INNER JOIN sys.tables AS t ON t.object_id = c.object_id
WHERE t.name = @name AND SCHEMA_NAME(t.schema_id) = COALESCE(@schema, SCHEMA_NAME())
    AND c.is_computed = 0 AND c.generated_always_type = 0 AND TYPE_NAME(c.system_type_id) <> 'timestamp'
ORDER BY c.column_id;

-- watermarks
IF OBJECT_ID(N'[etl].[etl_watermark]') IS NULL
BEGIN TRY
    CREATE TABLE [etl].[etl_watermark] (name nvarchar(200) COLLATE Latin1_General_BIN2 NOT NULL, source_id nvarchar(200) COLLATE Latin1_General_BIN2 NOT NULL, source nvarchar(max) NOT NULL, fingerprint nvarchar(max) NOT NULL, line_number bigint NOT NULL, byte_offset bigint NOT NULL, row_number bigint NOT NULL, page_cursor nvarchar(max), value_text nvarchar(max), updated_at nvarchar(200) COLLATE Latin1_General_BIN2 NOT NULL, run_id nvarchar(200) COLLATE Latin1_General_BIN2 NOT NULL, run_sequence bigint NOT NULL, PRIMARY KEY (name, source_id));
END TRY
BEGIN CATCH
    IF ERROR_NUMBER() <> 2714 THROW;
END CATCH;

-- watermarks there
SELECT OBJECT_ID(N'[etl].[etl_watermark]') WHERE OBJECT_ID(N'[etl].[etl_watermark]') IS NOT NULL;

-- plain: staging
DROP TABLE IF EXISTS [#etl_stage];
CREATE TABLE [#etl_stage] ([etl_row] int NOT NULL PRIMARY KEY, [c0] int NULL, [c1] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL, [c2] decimal(18,4) NULL);

-- plain: duplicates
SELECT d.[etl_row], d.[etl_next]
FROM (
    SELECT s.[etl_row], LEAD(s.[etl_row]) OVER (PARTITION BY s.[c0] ORDER BY s.[etl_row]) AS [etl_next]
    FROM [#etl_stage] AS s
) AS d
WHERE d.[etl_next] IS NOT NULL
ORDER BY d.[etl_row];

-- plain: upsert
DECLARE @from int = 0, @to int = 5;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    UPDATE t SET [name] = s.[c1], [amount] = s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @updated += @@ROWCOUNT;
    INSERT INTO [dbo].[plain] ([id], [name], [amount])
    SELECT k.[c0], s.[c1], s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND NOT EXISTS (SELECT 1 FROM [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- plain: upsert without some rows
DECLARE @from int = 0, @to int = 5, @first varbinary(max) = 0x00000001;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    UPDATE t SET [name] = s.[c1], [amount] = s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @updated += @@ROWCOUNT;
    INSERT INTO [dbo].[plain] ([id], [name], [amount])
    SELECT f.[c0], s.[c1], s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 AND NOT EXISTS (SELECT 1 FROM [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    INNER JOIN [#etl_stage] AS f ON f.[etl_row] = @from - 1 + CAST(SUBSTRING(@first, 4 * (k.[etl_row] - @from) + 1, 4) AS int)
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- plain: create table
IF OBJECT_ID(N'[dbo].[plain]') IS NULL
CREATE TABLE [dbo].[plain] ([id] int NOT NULL, [name] nvarchar(50) NULL, [amount] decimal(18,4) NULL, PRIMARY KEY ([id]));

-- plain: add column
IF COL_LENGTH(N'[dbo].[plain]', N'amount') IS NULL
ALTER TABLE [dbo].[plain] ADD [amount] decimal(18,4) NULL;

-- plain: lock
SET LOCK_TIMEOUT 5000;
BEGIN TRANSACTION;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[plain] WITH (TABLOCKX, HOLDLOCK);

-- plain: alter column
ALTER TABLE [dbo].[plain] ALTER COLUMN [amount] decimal(18,4) NULL;

-- plain: create unique index
CREATE UNIQUE INDEX [ux_plain_id] ON [dbo].[plain] ([id]);

-- plain, -UseMerge: staging
DROP TABLE IF EXISTS [#etl_stage];
CREATE TABLE [#etl_stage] ([etl_row] int NOT NULL PRIMARY KEY, [c0] int NULL, [c1] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL, [c2] decimal(18,4) NULL);

-- plain, -UseMerge: duplicates
SELECT d.[etl_row], d.[etl_next]
FROM (
    SELECT s.[etl_row], LEAD(s.[etl_row]) OVER (PARTITION BY s.[c0] ORDER BY s.[etl_row]) AS [etl_next]
    FROM [#etl_stage] AS s
) AS d
WHERE d.[etl_next] IS NOT NULL
ORDER BY d.[etl_row];

-- plain, -UseMerge: upsert
DECLARE @from int = 0, @to int = 5;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
DECLARE @done TABLE ([action] nvarchar(10) NOT NULL);
BEGIN TRY
    DELETE FROM @done;
    MERGE INTO [dbo].[plain] WITH (HOLDLOCK) AS t
    USING (
        SELECT k.[c0], s.[c1], s.[c2]
        FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to ORDER BY n.[c0]) AS k
        INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    ) AS s
    ON t.[id] = s.[c0]
    WHEN MATCHED THEN UPDATE SET [name] = s.[c1], [amount] = s.[c2]
    WHEN NOT MATCHED BY TARGET THEN INSERT ([id], [name], [amount]) VALUES (s.[c0], s.[c1], s.[c2])
    OUTPUT $action INTO @done ([action])
    OPTION (LOOP JOIN);
    SELECT @updated += COUNT(CASE WHEN [action] = N'UPDATE' THEN 1 END), @inserted += COUNT(CASE WHEN [action] = N'INSERT' THEN 1 END) FROM @done;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- plain, -UseMerge: upsert without some rows
DECLARE @from int = 0, @to int = 5, @first varbinary(max) = 0x00000001;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
DECLARE @done TABLE ([action] nvarchar(10) NOT NULL);
BEGIN TRY
    DELETE FROM @done;
    MERGE INTO [dbo].[plain] WITH (HOLDLOCK) AS t
    USING (
        SELECT k.[c0], s.[c1], s.[c2], f.[c0] AS [f0]
        FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 ORDER BY n.[c0]) AS k
        INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
        INNER JOIN [#etl_stage] AS f ON f.[etl_row] = @from - 1 + CAST(SUBSTRING(@first, 4 * (k.[etl_row] - @from) + 1, 4) AS int)
    ) AS s
    ON t.[id] = s.[c0]
    WHEN MATCHED THEN UPDATE SET [name] = s.[c1], [amount] = s.[c2]
    WHEN NOT MATCHED BY TARGET THEN INSERT ([id], [name], [amount]) VALUES (s.[f0], s.[c1], s.[c2])
    OUTPUT $action INTO @done ([action])
    OPTION (LOOP JOIN);
    SELECT @updated += COUNT(CASE WHEN [action] = N'UPDATE' THEN 1 END), @inserted += COUNT(CASE WHEN [action] = N'INSERT' THEN 1 END) FROM @done;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- plain, -UseMerge: create table
IF OBJECT_ID(N'[dbo].[plain]') IS NULL
CREATE TABLE [dbo].[plain] ([id] int NOT NULL, [name] nvarchar(50) NULL, [amount] decimal(18,4) NULL, PRIMARY KEY ([id]));

-- plain, -UseMerge: add column
IF COL_LENGTH(N'[dbo].[plain]', N'amount') IS NULL
ALTER TABLE [dbo].[plain] ADD [amount] decimal(18,4) NULL;

-- plain, -UseMerge: lock
SET LOCK_TIMEOUT 5000;
BEGIN TRANSACTION;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[plain] WITH (TABLOCKX, HOLDLOCK);

-- plain, -UseMerge: alter column
ALTER TABLE [dbo].[plain] ALTER COLUMN [amount] decimal(18,4) NULL;

-- plain, -UseMerge: create unique index
CREATE UNIQUE INDEX [ux_plain_id] ON [dbo].[plain] ([id]);

-- plain, -InsertOnly: staging
DROP TABLE IF EXISTS [#etl_stage];
CREATE TABLE [#etl_stage] ([etl_row] int NOT NULL PRIMARY KEY, [c0] int NULL, [c1] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL, [c2] decimal(18,4) NULL);

-- plain, -InsertOnly: duplicates
SELECT d.[etl_row], d.[etl_next]
FROM (
    SELECT s.[etl_row], LEAD(s.[etl_row]) OVER (PARTITION BY s.[c0] ORDER BY s.[etl_row]) AS [etl_next]
    FROM [#etl_stage] AS s
) AS d
WHERE d.[etl_next] IS NOT NULL
ORDER BY d.[etl_row];

-- plain, -InsertOnly: upsert
DECLARE @from int = 0, @to int = 5;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    SELECT @known = COUNT(*)
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
    OPTION (LOOP JOIN, FORCE ORDER);
    INSERT INTO [dbo].[plain] ([id], [name], [amount])
    SELECT k.[c0], s.[c1], s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND NOT EXISTS (SELECT 1 FROM [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- plain, -InsertOnly: upsert without some rows
DECLARE @from int = 0, @to int = 5, @first varbinary(max) = 0x00000001;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    SELECT @known = COUNT(*)
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
    OPTION (LOOP JOIN, FORCE ORDER);
    INSERT INTO [dbo].[plain] ([id], [name], [amount])
    SELECT f.[c0], s.[c1], s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 AND NOT EXISTS (SELECT 1 FROM [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    INNER JOIN [#etl_stage] AS f ON f.[etl_row] = @from - 1 + CAST(SUBSTRING(@first, 4 * (k.[etl_row] - @from) + 1, 4) AS int)
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- plain, -InsertOnly: create table
IF OBJECT_ID(N'[dbo].[plain]') IS NULL
CREATE TABLE [dbo].[plain] ([id] int NOT NULL, [name] nvarchar(50) NULL, [amount] decimal(18,4) NULL, PRIMARY KEY ([id]));

-- plain, -InsertOnly: add column
IF COL_LENGTH(N'[dbo].[plain]', N'amount') IS NULL
ALTER TABLE [dbo].[plain] ADD [amount] decimal(18,4) NULL;

-- plain, -InsertOnly: lock
SET LOCK_TIMEOUT 5000;
BEGIN TRANSACTION;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[plain] WITH (TABLOCKX, HOLDLOCK);

-- plain, -InsertOnly: alter column
ALTER TABLE [dbo].[plain] ALTER COLUMN [amount] decimal(18,4) NULL;

-- plain, -InsertOnly: create unique index
CREATE UNIQUE INDEX [ux_plain_id] ON [dbo].[plain] ([id]);

-- plain, -InsertOnly -UseMerge: staging
DROP TABLE IF EXISTS [#etl_stage];
CREATE TABLE [#etl_stage] ([etl_row] int NOT NULL PRIMARY KEY, [c0] int NULL, [c1] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL, [c2] decimal(18,4) NULL);

-- plain, -InsertOnly -UseMerge: duplicates
SELECT d.[etl_row], d.[etl_next]
FROM (
    SELECT s.[etl_row], LEAD(s.[etl_row]) OVER (PARTITION BY s.[c0] ORDER BY s.[etl_row]) AS [etl_next]
    FROM [#etl_stage] AS s
) AS d
WHERE d.[etl_next] IS NOT NULL
ORDER BY d.[etl_row];

-- plain, -InsertOnly -UseMerge: upsert
DECLARE @from int = 0, @to int = 5;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    SELECT @known = COUNT(*)
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
    OPTION (LOOP JOIN, FORCE ORDER);
    INSERT INTO [dbo].[plain] ([id], [name], [amount])
    SELECT k.[c0], s.[c1], s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND NOT EXISTS (SELECT 1 FROM [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- plain, -InsertOnly -UseMerge: upsert without some rows
DECLARE @from int = 0, @to int = 5, @first varbinary(max) = 0x00000001;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    SELECT @known = COUNT(*)
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
    OPTION (LOOP JOIN, FORCE ORDER);
    INSERT INTO [dbo].[plain] ([id], [name], [amount])
    SELECT f.[c0], s.[c1], s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 AND NOT EXISTS (SELECT 1 FROM [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    INNER JOIN [#etl_stage] AS f ON f.[etl_row] = @from - 1 + CAST(SUBSTRING(@first, 4 * (k.[etl_row] - @from) + 1, 4) AS int)
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- plain, -InsertOnly -UseMerge: create table
IF OBJECT_ID(N'[dbo].[plain]') IS NULL
CREATE TABLE [dbo].[plain] ([id] int NOT NULL, [name] nvarchar(50) NULL, [amount] decimal(18,4) NULL, PRIMARY KEY ([id]));

-- plain, -InsertOnly -UseMerge: add column
IF COL_LENGTH(N'[dbo].[plain]', N'amount') IS NULL
ALTER TABLE [dbo].[plain] ADD [amount] decimal(18,4) NULL;

-- plain, -InsertOnly -UseMerge: lock
SET LOCK_TIMEOUT 5000;
BEGIN TRANSACTION;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[plain] WITH (TABLOCKX, HOLDLOCK);

-- plain, -InsertOnly -UseMerge: alter column
ALTER TABLE [dbo].[plain] ALTER COLUMN [amount] decimal(18,4) NULL;

-- plain, -InsertOnly -UseMerge: create unique index
CREATE UNIQUE INDEX [ux_plain_id] ON [dbo].[plain] ([id]);

-- plain, -SkipUnchanged: staging
DROP TABLE IF EXISTS [#etl_stage];
CREATE TABLE [#etl_stage] ([etl_row] int NOT NULL PRIMARY KEY, [c0] int NULL, [c1] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL, [c2] decimal(18,4) NULL);

-- plain, -SkipUnchanged: duplicates
SELECT d.[etl_row], d.[etl_next]
FROM (
    SELECT s.[etl_row], LEAD(s.[etl_row]) OVER (PARTITION BY s.[c0] ORDER BY s.[etl_row]) AS [etl_next]
    FROM [#etl_stage] AS s
) AS d
WHERE d.[etl_next] IS NOT NULL
ORDER BY d.[etl_row];

-- plain, -SkipUnchanged: upsert
DECLARE @from int = 0, @to int = 5;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    UPDATE t SET [name] = s.[c1], [amount] = s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    WHERE EXISTS (SELECT CAST(CAST(s.[c1] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c1] AS nvarchar(max))), s.[c2] EXCEPT SELECT CAST(CAST(t.[name] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[name] AS nvarchar(max))), t.[amount])
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @updated += @@ROWCOUNT;
    INSERT INTO [dbo].[plain] ([id], [name], [amount])
    SELECT k.[c0], s.[c1], s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND NOT EXISTS (SELECT 1 FROM [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- plain, -SkipUnchanged: upsert without some rows
DECLARE @from int = 0, @to int = 5, @first varbinary(max) = 0x00000001;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    UPDATE t SET [name] = s.[c1], [amount] = s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    WHERE EXISTS (SELECT CAST(CAST(s.[c1] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c1] AS nvarchar(max))), s.[c2] EXCEPT SELECT CAST(CAST(t.[name] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[name] AS nvarchar(max))), t.[amount])
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @updated += @@ROWCOUNT;
    INSERT INTO [dbo].[plain] ([id], [name], [amount])
    SELECT f.[c0], s.[c1], s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 AND NOT EXISTS (SELECT 1 FROM [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    INNER JOIN [#etl_stage] AS f ON f.[etl_row] = @from - 1 + CAST(SUBSTRING(@first, 4 * (k.[etl_row] - @from) + 1, 4) AS int)
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- plain, -SkipUnchanged: create table
IF OBJECT_ID(N'[dbo].[plain]') IS NULL
CREATE TABLE [dbo].[plain] ([id] int NOT NULL, [name] nvarchar(50) NULL, [amount] decimal(18,4) NULL, PRIMARY KEY ([id]));

-- plain, -SkipUnchanged: add column
IF COL_LENGTH(N'[dbo].[plain]', N'amount') IS NULL
ALTER TABLE [dbo].[plain] ADD [amount] decimal(18,4) NULL;

-- plain, -SkipUnchanged: lock
SET LOCK_TIMEOUT 5000;
BEGIN TRANSACTION;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[plain] WITH (TABLOCKX, HOLDLOCK);

-- plain, -SkipUnchanged: alter column
ALTER TABLE [dbo].[plain] ALTER COLUMN [amount] decimal(18,4) NULL;

-- plain, -SkipUnchanged: create unique index
CREATE UNIQUE INDEX [ux_plain_id] ON [dbo].[plain] ([id]);

-- plain, -SkipUnchanged -UseMerge: staging
DROP TABLE IF EXISTS [#etl_stage];
CREATE TABLE [#etl_stage] ([etl_row] int NOT NULL PRIMARY KEY, [c0] int NULL, [c1] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL, [c2] decimal(18,4) NULL);

-- plain, -SkipUnchanged -UseMerge: duplicates
SELECT d.[etl_row], d.[etl_next]
FROM (
    SELECT s.[etl_row], LEAD(s.[etl_row]) OVER (PARTITION BY s.[c0] ORDER BY s.[etl_row]) AS [etl_next]
    FROM [#etl_stage] AS s
) AS d
WHERE d.[etl_next] IS NOT NULL
ORDER BY d.[etl_row];

-- plain, -SkipUnchanged -UseMerge: upsert
DECLARE @from int = 0, @to int = 5;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
DECLARE @done TABLE ([action] nvarchar(10) NOT NULL);
BEGIN TRY
    DELETE FROM @done;
    MERGE INTO [dbo].[plain] WITH (HOLDLOCK) AS t
    USING (
        SELECT k.[c0], s.[c1], s.[c2]
        FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to ORDER BY n.[c0]) AS k
        INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    ) AS s
    ON t.[id] = s.[c0]
    WHEN MATCHED AND EXISTS (SELECT CAST(CAST(s.[c1] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c1] AS nvarchar(max))), s.[c2] EXCEPT SELECT CAST(CAST(t.[name] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[name] AS nvarchar(max))), t.[amount]) THEN UPDATE SET [name] = s.[c1], [amount] = s.[c2]
    WHEN NOT MATCHED BY TARGET THEN INSERT ([id], [name], [amount]) VALUES (s.[c0], s.[c1], s.[c2])
    OUTPUT $action INTO @done ([action])
    OPTION (LOOP JOIN);
    SELECT @updated += COUNT(CASE WHEN [action] = N'UPDATE' THEN 1 END), @inserted += COUNT(CASE WHEN [action] = N'INSERT' THEN 1 END) FROM @done;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- plain, -SkipUnchanged -UseMerge: upsert without some rows
DECLARE @from int = 0, @to int = 5, @first varbinary(max) = 0x00000001;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
DECLARE @done TABLE ([action] nvarchar(10) NOT NULL);
BEGIN TRY
    DELETE FROM @done;
    MERGE INTO [dbo].[plain] WITH (HOLDLOCK) AS t
    USING (
        SELECT k.[c0], s.[c1], s.[c2], f.[c0] AS [f0]
        FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 ORDER BY n.[c0]) AS k
        INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
        INNER JOIN [#etl_stage] AS f ON f.[etl_row] = @from - 1 + CAST(SUBSTRING(@first, 4 * (k.[etl_row] - @from) + 1, 4) AS int)
    ) AS s
    ON t.[id] = s.[c0]
    WHEN MATCHED AND EXISTS (SELECT CAST(CAST(s.[c1] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c1] AS nvarchar(max))), s.[c2] EXCEPT SELECT CAST(CAST(t.[name] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[name] AS nvarchar(max))), t.[amount]) THEN UPDATE SET [name] = s.[c1], [amount] = s.[c2]
    WHEN NOT MATCHED BY TARGET THEN INSERT ([id], [name], [amount]) VALUES (s.[f0], s.[c1], s.[c2])
    OUTPUT $action INTO @done ([action])
    OPTION (LOOP JOIN);
    SELECT @updated += COUNT(CASE WHEN [action] = N'UPDATE' THEN 1 END), @inserted += COUNT(CASE WHEN [action] = N'INSERT' THEN 1 END) FROM @done;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- plain, -SkipUnchanged -UseMerge: create table
IF OBJECT_ID(N'[dbo].[plain]') IS NULL
CREATE TABLE [dbo].[plain] ([id] int NOT NULL, [name] nvarchar(50) NULL, [amount] decimal(18,4) NULL, PRIMARY KEY ([id]));

-- plain, -SkipUnchanged -UseMerge: add column
IF COL_LENGTH(N'[dbo].[plain]', N'amount') IS NULL
ALTER TABLE [dbo].[plain] ADD [amount] decimal(18,4) NULL;

-- plain, -SkipUnchanged -UseMerge: lock
SET LOCK_TIMEOUT 5000;
BEGIN TRANSACTION;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[plain] WITH (TABLOCKX, HOLDLOCK);

-- plain, -SkipUnchanged -UseMerge: alter column
ALTER TABLE [dbo].[plain] ALTER COLUMN [amount] decimal(18,4) NULL;

-- plain, -SkipUnchanged -UseMerge: create unique index
CREATE UNIQUE INDEX [ux_plain_id] ON [dbo].[plain] ([id]);

-- plain, -UpdateColumn name: staging
DROP TABLE IF EXISTS [#etl_stage];
CREATE TABLE [#etl_stage] ([etl_row] int NOT NULL PRIMARY KEY, [c0] int NULL, [c1] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL, [c2] decimal(18,4) NULL);

-- plain, -UpdateColumn name: duplicates
SELECT d.[etl_row], d.[etl_next]
FROM (
    SELECT s.[etl_row], LEAD(s.[etl_row]) OVER (PARTITION BY s.[c0] ORDER BY s.[etl_row]) AS [etl_next]
    FROM [#etl_stage] AS s
) AS d
WHERE d.[etl_next] IS NOT NULL
ORDER BY d.[etl_row];

-- plain, -UpdateColumn name: upsert
DECLARE @from int = 0, @to int = 5;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    UPDATE t SET [name] = s.[c1]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @updated += @@ROWCOUNT;
    INSERT INTO [dbo].[plain] ([id], [name], [amount])
    SELECT k.[c0], s.[c1], s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND NOT EXISTS (SELECT 1 FROM [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- plain, -UpdateColumn name: upsert without some rows
DECLARE @from int = 0, @to int = 5, @first varbinary(max) = 0x00000001;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    UPDATE t SET [name] = s.[c1]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @updated += @@ROWCOUNT;
    INSERT INTO [dbo].[plain] ([id], [name], [amount])
    SELECT f.[c0], s.[c1], s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 AND NOT EXISTS (SELECT 1 FROM [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    INNER JOIN [#etl_stage] AS f ON f.[etl_row] = @from - 1 + CAST(SUBSTRING(@first, 4 * (k.[etl_row] - @from) + 1, 4) AS int)
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- plain, -UpdateColumn name: create table
IF OBJECT_ID(N'[dbo].[plain]') IS NULL
CREATE TABLE [dbo].[plain] ([id] int NOT NULL, [name] nvarchar(50) NULL, [amount] decimal(18,4) NULL, PRIMARY KEY ([id]));

-- plain, -UpdateColumn name: add column
IF COL_LENGTH(N'[dbo].[plain]', N'amount') IS NULL
ALTER TABLE [dbo].[plain] ADD [amount] decimal(18,4) NULL;

-- plain, -UpdateColumn name: lock
SET LOCK_TIMEOUT 5000;
BEGIN TRANSACTION;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[plain] WITH (TABLOCKX, HOLDLOCK);

-- plain, -UpdateColumn name: alter column
ALTER TABLE [dbo].[plain] ALTER COLUMN [amount] decimal(18,4) NULL;

-- plain, -UpdateColumn name: create unique index
CREATE UNIQUE INDEX [ux_plain_id] ON [dbo].[plain] ([id]);

-- plain, -UpdateWhenNewer amount: staging
DROP TABLE IF EXISTS [#etl_stage];
CREATE TABLE [#etl_stage] ([etl_row] int NOT NULL PRIMARY KEY, [c0] int NULL, [c1] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL, [c2] decimal(18,4) NULL);

-- plain, -UpdateWhenNewer amount: duplicates
SELECT d.[etl_row], d.[etl_next]
FROM (
    SELECT s.[etl_row], LEAD(s.[etl_row]) OVER (PARTITION BY s.[c0] ORDER BY s.[etl_row]) AS [etl_next]
    FROM [#etl_stage] AS s
) AS d
WHERE d.[etl_next] IS NOT NULL
ORDER BY d.[etl_row];

-- plain, -UpdateWhenNewer amount: upsert
DECLARE @from int = 0, @to int = 5;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    UPDATE t SET [name] = s.[c1], [amount] = s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    WHERE (s.[c2] > t.[amount] OR (t.[amount] IS NULL AND s.[c2] IS NOT NULL))
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @updated += @@ROWCOUNT;
    INSERT INTO [dbo].[plain] ([id], [name], [amount])
    SELECT k.[c0], s.[c1], s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND NOT EXISTS (SELECT 1 FROM [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- plain, -UpdateWhenNewer amount: upsert without some rows
DECLARE @from int = 0, @to int = 5, @first varbinary(max) = 0x00000001;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    UPDATE t SET [name] = s.[c1], [amount] = s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    WHERE (s.[c2] > t.[amount] OR (t.[amount] IS NULL AND s.[c2] IS NOT NULL))
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @updated += @@ROWCOUNT;
    INSERT INTO [dbo].[plain] ([id], [name], [amount])
    SELECT f.[c0], s.[c1], s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 AND NOT EXISTS (SELECT 1 FROM [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    INNER JOIN [#etl_stage] AS f ON f.[etl_row] = @from - 1 + CAST(SUBSTRING(@first, 4 * (k.[etl_row] - @from) + 1, 4) AS int)
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- plain, -UpdateWhenNewer amount: create table
IF OBJECT_ID(N'[dbo].[plain]') IS NULL
CREATE TABLE [dbo].[plain] ([id] int NOT NULL, [name] nvarchar(50) NULL, [amount] decimal(18,4) NULL, PRIMARY KEY ([id]));

-- plain, -UpdateWhenNewer amount: add column
IF COL_LENGTH(N'[dbo].[plain]', N'amount') IS NULL
ALTER TABLE [dbo].[plain] ADD [amount] decimal(18,4) NULL;

-- plain, -UpdateWhenNewer amount: lock
SET LOCK_TIMEOUT 5000;
BEGIN TRANSACTION;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[plain] WITH (TABLOCKX, HOLDLOCK);

-- plain, -UpdateWhenNewer amount: alter column
ALTER TABLE [dbo].[plain] ALTER COLUMN [amount] decimal(18,4) NULL;

-- plain, -UpdateWhenNewer amount: create unique index
CREATE UNIQUE INDEX [ux_plain_id] ON [dbo].[plain] ([id]);

-- plain, -UpdateWhenNewer amount -SkipUnchanged -UseMerge: staging
DROP TABLE IF EXISTS [#etl_stage];
CREATE TABLE [#etl_stage] ([etl_row] int NOT NULL PRIMARY KEY, [c0] int NULL, [c1] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL, [c2] decimal(18,4) NULL);

-- plain, -UpdateWhenNewer amount -SkipUnchanged -UseMerge: duplicates
SELECT d.[etl_row], d.[etl_next]
FROM (
    SELECT s.[etl_row], LEAD(s.[etl_row]) OVER (PARTITION BY s.[c0] ORDER BY s.[etl_row]) AS [etl_next]
    FROM [#etl_stage] AS s
) AS d
WHERE d.[etl_next] IS NOT NULL
ORDER BY d.[etl_row];

-- plain, -UpdateWhenNewer amount -SkipUnchanged -UseMerge: upsert
DECLARE @from int = 0, @to int = 5;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
DECLARE @done TABLE ([action] nvarchar(10) NOT NULL);
BEGIN TRY
    DELETE FROM @done;
    MERGE INTO [dbo].[plain] WITH (HOLDLOCK) AS t
    USING (
        SELECT k.[c0], s.[c1], s.[c2]
        FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to ORDER BY n.[c0]) AS k
        INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    ) AS s
    ON t.[id] = s.[c0]
    WHEN MATCHED AND (s.[c2] > t.[amount] OR (t.[amount] IS NULL AND s.[c2] IS NOT NULL)) AND EXISTS (SELECT CAST(CAST(s.[c1] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c1] AS nvarchar(max))), s.[c2] EXCEPT SELECT CAST(CAST(t.[name] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[name] AS nvarchar(max))), t.[amount]) THEN UPDATE SET [name] = s.[c1], [amount] = s.[c2]
    WHEN NOT MATCHED BY TARGET THEN INSERT ([id], [name], [amount]) VALUES (s.[c0], s.[c1], s.[c2])
    OUTPUT $action INTO @done ([action])
    OPTION (LOOP JOIN);
    SELECT @updated += COUNT(CASE WHEN [action] = N'UPDATE' THEN 1 END), @inserted += COUNT(CASE WHEN [action] = N'INSERT' THEN 1 END) FROM @done;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- plain, -UpdateWhenNewer amount -SkipUnchanged -UseMerge: upsert without some rows
DECLARE @from int = 0, @to int = 5, @first varbinary(max) = 0x00000001;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
DECLARE @done TABLE ([action] nvarchar(10) NOT NULL);
BEGIN TRY
    DELETE FROM @done;
    MERGE INTO [dbo].[plain] WITH (HOLDLOCK) AS t
    USING (
        SELECT k.[c0], s.[c1], s.[c2], f.[c0] AS [f0]
        FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 ORDER BY n.[c0]) AS k
        INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
        INNER JOIN [#etl_stage] AS f ON f.[etl_row] = @from - 1 + CAST(SUBSTRING(@first, 4 * (k.[etl_row] - @from) + 1, 4) AS int)
    ) AS s
    ON t.[id] = s.[c0]
    WHEN MATCHED AND (s.[c2] > t.[amount] OR (t.[amount] IS NULL AND s.[c2] IS NOT NULL)) AND EXISTS (SELECT CAST(CAST(s.[c1] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c1] AS nvarchar(max))), s.[c2] EXCEPT SELECT CAST(CAST(t.[name] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[name] AS nvarchar(max))), t.[amount]) THEN UPDATE SET [name] = s.[c1], [amount] = s.[c2]
    WHEN NOT MATCHED BY TARGET THEN INSERT ([id], [name], [amount]) VALUES (s.[f0], s.[c1], s.[c2])
    OUTPUT $action INTO @done ([action])
    OPTION (LOOP JOIN);
    SELECT @updated += COUNT(CASE WHEN [action] = N'UPDATE' THEN 1 END), @inserted += COUNT(CASE WHEN [action] = N'INSERT' THEN 1 END) FROM @done;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- plain, -UpdateWhenNewer amount -SkipUnchanged -UseMerge: create table
IF OBJECT_ID(N'[dbo].[plain]') IS NULL
CREATE TABLE [dbo].[plain] ([id] int NOT NULL, [name] nvarchar(50) NULL, [amount] decimal(18,4) NULL, PRIMARY KEY ([id]));

-- plain, -UpdateWhenNewer amount -SkipUnchanged -UseMerge: add column
IF COL_LENGTH(N'[dbo].[plain]', N'amount') IS NULL
ALTER TABLE [dbo].[plain] ADD [amount] decimal(18,4) NULL;

-- plain, -UpdateWhenNewer amount -SkipUnchanged -UseMerge: lock
SET LOCK_TIMEOUT 5000;
BEGIN TRANSACTION;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[plain] WITH (TABLOCKX, HOLDLOCK);

-- plain, -UpdateWhenNewer amount -SkipUnchanged -UseMerge: alter column
ALTER TABLE [dbo].[plain] ALTER COLUMN [amount] decimal(18,4) NULL;

-- plain, -UpdateWhenNewer amount -SkipUnchanged -UseMerge: create unique index
CREATE UNIQUE INDEX [ux_plain_id] ON [dbo].[plain] ([id]);

-- without the column of -UpdateWhenNewer: staging
DROP TABLE IF EXISTS [#etl_stage];
CREATE TABLE [#etl_stage] ([etl_row] int NOT NULL PRIMARY KEY, [c0] int NULL, [c1] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL);

-- without the column of -UpdateWhenNewer: duplicates
SELECT d.[etl_row], d.[etl_next]
FROM (
    SELECT s.[etl_row], LEAD(s.[etl_row]) OVER (PARTITION BY s.[c0] ORDER BY s.[etl_row]) AS [etl_next]
    FROM [#etl_stage] AS s
) AS d
WHERE d.[etl_next] IS NOT NULL
ORDER BY d.[etl_row];

-- without the column of -UpdateWhenNewer: upsert
DECLARE @from int = 0, @to int = 5;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    SELECT @known = COUNT(*)
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
    OPTION (LOOP JOIN, FORCE ORDER);
    INSERT INTO [dbo].[plain] ([id], [name])
    SELECT k.[c0], s.[c1]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND NOT EXISTS (SELECT 1 FROM [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- without the column of -UpdateWhenNewer: upsert without some rows
DECLARE @from int = 0, @to int = 5, @first varbinary(max) = 0x00000001;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    SELECT @known = COUNT(*)
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
    OPTION (LOOP JOIN, FORCE ORDER);
    INSERT INTO [dbo].[plain] ([id], [name])
    SELECT f.[c0], s.[c1]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 AND NOT EXISTS (SELECT 1 FROM [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    INNER JOIN [#etl_stage] AS f ON f.[etl_row] = @from - 1 + CAST(SUBSTRING(@first, 4 * (k.[etl_row] - @from) + 1, 4) AS int)
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- without the column of -UpdateWhenNewer: create table
IF OBJECT_ID(N'[dbo].[plain]') IS NULL
CREATE TABLE [dbo].[plain] ([id] int NOT NULL, [name] nvarchar(50) NULL, PRIMARY KEY ([id]));

-- without the column of -UpdateWhenNewer: add column
IF COL_LENGTH(N'[dbo].[plain]', N'name') IS NULL
ALTER TABLE [dbo].[plain] ADD [name] nvarchar(50) NULL;

-- without the column of -UpdateWhenNewer: lock
SET LOCK_TIMEOUT 5000;
BEGIN TRANSACTION;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[plain] WITH (TABLOCKX, HOLDLOCK);

-- without the column of -UpdateWhenNewer: alter column
ALTER TABLE [dbo].[plain] ALTER COLUMN [name] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL;

-- without the column of -UpdateWhenNewer: create unique index
CREATE UNIQUE INDEX [ux_plain_id] ON [dbo].[plain] ([id]);

-- -Mode Append: staging
DROP TABLE IF EXISTS [#etl_stage];
CREATE TABLE [#etl_stage] ([etl_row] int NOT NULL PRIMARY KEY, [c0] int NULL, [c1] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL, [c2] decimal(18,4) NULL);

-- -Mode Append: upsert
DECLARE @from int = 0, @to int = 5;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    INSERT INTO [dbo].[plain] ([id], [name], [amount])
    SELECT s.[c0], s.[c1], s.[c2]
    FROM [#etl_stage] AS s
    WHERE s.[etl_row] >= @from AND s.[etl_row] < @to
    ORDER BY s.[etl_row];
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- -Mode Append: upsert without some rows
DECLARE @from int = 0, @to int = 5, @first varbinary(max) = 0x00000001;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    INSERT INTO [dbo].[plain] ([id], [name], [amount])
    SELECT s.[c0], s.[c1], s.[c2]
    FROM [#etl_stage] AS s
    WHERE s.[etl_row] >= @from AND s.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (s.[etl_row] - @from) + 1, 4) AS int) > 0
    ORDER BY s.[etl_row];
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- -Mode Append: create table
IF OBJECT_ID(N'[dbo].[plain]') IS NULL
CREATE TABLE [dbo].[plain] ([id] int NOT NULL, [name] nvarchar(50) NULL, [amount] decimal(18,4) NULL);

-- -Mode Append: add column
IF COL_LENGTH(N'[dbo].[plain]', N'amount') IS NULL
ALTER TABLE [dbo].[plain] ADD [amount] decimal(18,4) NULL;

-- -Mode Append: lock
SET LOCK_TIMEOUT 5000;
BEGIN TRANSACTION;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[plain] WITH (TABLOCKX, HOLDLOCK);

-- -Mode Append: alter column
ALTER TABLE [dbo].[plain] ALTER COLUMN [amount] decimal(18,4) NULL;

-- -Mode Append with a trigger: staging
DROP TABLE IF EXISTS [#etl_stage];
CREATE TABLE [#etl_stage] ([etl_row] int NOT NULL PRIMARY KEY, [c0] int NULL, [c1] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL, [c2] decimal(18,4) NULL);

-- -Mode Append with a trigger: upsert
DECLARE @from int = 0, @to int = 5;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    DECLARE @at int = @from;
    WHILE @at < @to
    BEGIN
        INSERT INTO [dbo].[plain] ([id], [name], [amount])
        SELECT s.[c0], s.[c1], s.[c2]
        FROM [#etl_stage] AS s
        WHERE s.[etl_row] = @at
        ORDER BY s.[etl_row];
        SET @inserted += @@ROWCOUNT;
        SET @at += 1;
    END;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- -Mode Append with a trigger: upsert without some rows
DECLARE @from int = 0, @to int = 5, @first varbinary(max) = 0x00000001;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    DECLARE @at int = @from;
    WHILE @at < @to
    BEGIN
        INSERT INTO [dbo].[plain] ([id], [name], [amount])
        SELECT s.[c0], s.[c1], s.[c2]
        FROM [#etl_stage] AS s
        WHERE s.[etl_row] = @at AND CAST(SUBSTRING(@first, 4 * (s.[etl_row] - @from) + 1, 4) AS int) > 0
        ORDER BY s.[etl_row];
        SET @inserted += @@ROWCOUNT;
        SET @at += 1;
    END;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- -Mode Append with a trigger: create table
IF OBJECT_ID(N'[dbo].[plain]') IS NULL
CREATE TABLE [dbo].[plain] ([id] int NOT NULL, [name] nvarchar(50) NULL, [amount] decimal(18,4) NULL);

-- -Mode Append with a trigger: add column
IF COL_LENGTH(N'[dbo].[plain]', N'amount') IS NULL
ALTER TABLE [dbo].[plain] ADD [amount] decimal(18,4) NULL;

-- -Mode Append with a trigger: lock
SET LOCK_TIMEOUT 5000;
BEGIN TRANSACTION;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[plain] WITH (TABLOCKX, HOLDLOCK);

-- -Mode Append with a trigger: alter column
ALTER TABLE [dbo].[plain] ALTER COLUMN [amount] decimal(18,4) NULL;

-- -DeleteMissing: staging
DROP TABLE IF EXISTS [#etl_stage];
CREATE TABLE [#etl_stage] ([etl_row] int NOT NULL PRIMARY KEY, [c0] int NULL, [c1] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL, [c2] decimal(18,4) NULL);

-- -DeleteMissing: duplicates
SELECT d.[etl_row], d.[etl_next]
FROM (
    SELECT s.[etl_row], LEAD(s.[etl_row]) OVER (PARTITION BY s.[c0] ORDER BY s.[etl_row]) AS [etl_next]
    FROM [#etl_stage] AS s
) AS d
WHERE d.[etl_next] IS NOT NULL
ORDER BY d.[etl_row];

-- -DeleteMissing: upsert
DECLARE @from int = 0, @to int = 5;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    UPDATE t SET [name] = s.[c1], [amount] = s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @updated += @@ROWCOUNT;
    INSERT INTO [dbo].[plain] ([id], [name], [amount])
    SELECT k.[c0], s.[c1], s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND NOT EXISTS (SELECT 1 FROM [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- -DeleteMissing: upsert without some rows
DECLARE @from int = 0, @to int = 5, @first varbinary(max) = 0x00000001;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    UPDATE t SET [name] = s.[c1], [amount] = s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @updated += @@ROWCOUNT;
    INSERT INTO [dbo].[plain] ([id], [name], [amount])
    SELECT f.[c0], s.[c1], s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 AND NOT EXISTS (SELECT 1 FROM [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    INNER JOIN [#etl_stage] AS f ON f.[etl_row] = @from - 1 + CAST(SUBSTRING(@first, 4 * (k.[etl_row] - @from) + 1, 4) AS int)
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- -DeleteMissing: create table
IF OBJECT_ID(N'[dbo].[plain]') IS NULL
CREATE TABLE [dbo].[plain] ([id] int NOT NULL, [name] nvarchar(50) NULL, [amount] decimal(18,4) NULL, PRIMARY KEY ([id]));

-- -DeleteMissing: add column
IF COL_LENGTH(N'[dbo].[plain]', N'amount') IS NULL
ALTER TABLE [dbo].[plain] ADD [amount] decimal(18,4) NULL;

-- -DeleteMissing: lock
SET LOCK_TIMEOUT 5000;
BEGIN TRANSACTION;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[plain] WITH (TABLOCKX, HOLDLOCK);

-- -DeleteMissing: alter column
ALTER TABLE [dbo].[plain] ALTER COLUMN [amount] decimal(18,4) NULL;

-- -DeleteMissing: create unique index
CREATE UNIQUE INDEX [ux_plain_id] ON [dbo].[plain] ([id]);

-- -DeleteMissing: lock for a whole load
SET LOCK_TIMEOUT 5000;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[plain] WITH (TABLOCKX, HOLDLOCK);
SET LOCK_TIMEOUT -1;

-- -DeleteMissing: delete all
SET NOCOUNT ON;
DECLARE @touched bigint;
DELETE FROM [dbo].[plain];
SET @touched = ROWCOUNT_BIG();
SELECT @touched AS [etl_touched];

-- -DeleteMissing: keys that came
CREATE TABLE [#etl_seen] ([k0] int NULL);

-- -DeleteMissing: keep keys
INSERT INTO [#etl_seen] SELECT s.[c0] FROM [#etl_stage] AS s;

-- -DeleteMissing: try scope
DECLARE @scope0 nvarchar(4000) = N'a';
SELECT 1 FROM [dbo].[plain] AS t WHERE t.[name] = CAST(@scope0 AS nvarchar(50)) AND t.[amount] IS NULL AND 1 = 0;

-- -DeleteMissing: find outside
DECLARE @scope0 nvarchar(4000) = N'a';
SELECT TOP (1) 1 FROM [dbo].[plain] AS t
WHERE CASE WHEN t.[name] = CAST(@scope0 AS nvarchar(50)) AND t.[amount] IS NULL THEN 1 ELSE 0 END = 0 AND EXISTS (SELECT 1 FROM [#etl_seen] AS s WHERE s.[k0] = t.[id]);

-- -DeleteMissing: delete missing
DECLARE @scope0 nvarchar(4000) = N'a';
SET NOCOUNT ON;
DECLARE @touched bigint;
DELETE t FROM [dbo].[plain] AS t
WHERE t.[name] = CAST(@scope0 AS nvarchar(50)) AND t.[amount] IS NULL AND NOT EXISTS (SELECT 1 FROM [#etl_seen] AS s WHERE s.[k0] = t.[id]);
SET @touched = ROWCOUNT_BIG();
SELECT @touched AS [etl_touched];

-- -DeleteMissing -DeletedColumn -SkipUnchanged, a bit: staging
DROP TABLE IF EXISTS [#etl_stage];
CREATE TABLE [#etl_stage] ([etl_row] int NOT NULL PRIMARY KEY, [c0] int NULL, [c1] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL, [c2] bit NULL);

-- -DeleteMissing -DeletedColumn -SkipUnchanged, a bit: duplicates
SELECT d.[etl_row], d.[etl_next]
FROM (
    SELECT s.[etl_row], LEAD(s.[etl_row]) OVER (PARTITION BY s.[c0] ORDER BY s.[etl_row]) AS [etl_next]
    FROM [#etl_stage] AS s
) AS d
WHERE d.[etl_next] IS NOT NULL
ORDER BY d.[etl_row];

-- -DeleteMissing -DeletedColumn -SkipUnchanged, a bit: upsert
DECLARE @from int = 0, @to int = 5;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    UPDATE t SET [name] = s.[c1], [gone] = s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[marked] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    WHERE (EXISTS (SELECT CAST(CAST(s.[c1] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c1] AS nvarchar(max))), s.[c2] EXCEPT SELECT CAST(CAST(t.[name] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[name] AS nvarchar(max))), t.[gone]) OR (t.[gone] = 1))
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @updated += @@ROWCOUNT;
    INSERT INTO [dbo].[marked] ([id], [name], [gone])
    SELECT k.[c0], s.[c1], s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND NOT EXISTS (SELECT 1 FROM [dbo].[marked] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- -DeleteMissing -DeletedColumn -SkipUnchanged, a bit: upsert without some rows
DECLARE @from int = 0, @to int = 5, @first varbinary(max) = 0x00000001;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    UPDATE t SET [name] = s.[c1], [gone] = s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[marked] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    WHERE (EXISTS (SELECT CAST(CAST(s.[c1] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c1] AS nvarchar(max))), s.[c2] EXCEPT SELECT CAST(CAST(t.[name] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[name] AS nvarchar(max))), t.[gone]) OR (t.[gone] = 1))
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @updated += @@ROWCOUNT;
    INSERT INTO [dbo].[marked] ([id], [name], [gone])
    SELECT f.[c0], s.[c1], s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 AND NOT EXISTS (SELECT 1 FROM [dbo].[marked] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    INNER JOIN [#etl_stage] AS f ON f.[etl_row] = @from - 1 + CAST(SUBSTRING(@first, 4 * (k.[etl_row] - @from) + 1, 4) AS int)
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- -DeleteMissing -DeletedColumn -SkipUnchanged, a bit: create table
IF OBJECT_ID(N'[dbo].[marked]') IS NULL
CREATE TABLE [dbo].[marked] ([id] int NOT NULL, [name] nvarchar(50) NULL, [gone] bit NULL, PRIMARY KEY ([id]));

-- -DeleteMissing -DeletedColumn -SkipUnchanged, a bit: add column
IF COL_LENGTH(N'[dbo].[marked]', N'gone') IS NULL
ALTER TABLE [dbo].[marked] ADD [gone] bit NULL;

-- -DeleteMissing -DeletedColumn -SkipUnchanged, a bit: lock
SET LOCK_TIMEOUT 5000;
BEGIN TRANSACTION;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[marked] WITH (TABLOCKX, HOLDLOCK);

-- -DeleteMissing -DeletedColumn -SkipUnchanged, a bit: alter column
ALTER TABLE [dbo].[marked] ALTER COLUMN [gone] bit NULL;

-- -DeleteMissing -DeletedColumn -SkipUnchanged, a bit: create unique index
CREATE UNIQUE INDEX [ux_marked_id] ON [dbo].[marked] ([id]);

-- -DeleteMissing -DeletedColumn -SkipUnchanged, a bit: lock for a whole load
SET LOCK_TIMEOUT 5000;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[marked] WITH (TABLOCKX, HOLDLOCK);
SET LOCK_TIMEOUT -1;

-- -DeleteMissing -DeletedColumn -SkipUnchanged, a bit: delete all
SET NOCOUNT ON;
DECLARE @touched bigint;
DELETE FROM [dbo].[marked];
SET @touched = ROWCOUNT_BIG();
SELECT @touched AS [etl_touched];

-- -DeleteMissing -DeletedColumn -SkipUnchanged, a bit: keys that came
CREATE TABLE [#etl_seen] ([k0] int NULL);

-- -DeleteMissing -DeletedColumn -SkipUnchanged, a bit: keep keys
INSERT INTO [#etl_seen] SELECT s.[c0] FROM [#etl_stage] AS s;

-- -DeleteMissing -DeletedColumn -SkipUnchanged, a bit: try scope
DECLARE @scope0 nvarchar(4000) = N'a';
SELECT 1 FROM [dbo].[marked] AS t WHERE t.[name] = CAST(@scope0 AS nvarchar(50)) AND 1 = 0;

-- -DeleteMissing -DeletedColumn -SkipUnchanged, a bit: find outside
DECLARE @scope0 nvarchar(4000) = N'a';
SELECT TOP (1) 1 FROM [dbo].[marked] AS t
WHERE CASE WHEN t.[name] = CAST(@scope0 AS nvarchar(50)) THEN 1 ELSE 0 END = 0 AND EXISTS (SELECT 1 FROM [#etl_seen] AS s WHERE s.[k0] = t.[id]);

-- -DeleteMissing -DeletedColumn -SkipUnchanged, a bit: delete missing
DECLARE @scope0 nvarchar(4000) = N'a';
SET NOCOUNT ON;
DECLARE @touched bigint;
DELETE t FROM [dbo].[marked] AS t
WHERE t.[name] = CAST(@scope0 AS nvarchar(50)) AND NOT EXISTS (SELECT 1 FROM [#etl_seen] AS s WHERE s.[k0] = t.[id]);
SET @touched = ROWCOUNT_BIG();
SELECT @touched AS [etl_touched];

-- -DeleteMissing -DeletedColumn -SkipUnchanged, a bit: mark
DECLARE @scope0 nvarchar(4000) = N'a';
SET NOCOUNT ON;
DECLARE @touched bigint;
UPDATE t SET [gone] = 1
FROM [dbo].[marked] AS t
WHERE (t.[gone] IS NULL OR t.[gone] <> 1) AND t.[name] = CAST(@scope0 AS nvarchar(50)) AND NOT EXISTS (SELECT 1 FROM [#etl_seen] AS s WHERE s.[k0] = t.[id]);
SET @touched = ROWCOUNT_BIG();
SELECT @touched AS [etl_touched];

-- -DeleteMissing -DeletedColumn -SkipUnchanged, a bit: unmark
SET NOCOUNT ON;
DECLARE @touched bigint;
UPDATE t SET [gone] = 0
FROM [dbo].[marked] AS t
WHERE (t.[gone] = 1) AND EXISTS (SELECT 1 FROM [#etl_seen] AS s WHERE s.[k0] = t.[id]);
SET @touched = ROWCOUNT_BIG();
SELECT @touched AS [etl_touched];

-- -DeleteMissing -DeletedColumn, a time: staging
DROP TABLE IF EXISTS [#etl_stage];
CREATE TABLE [#etl_stage] ([etl_row] int NOT NULL PRIMARY KEY, [c0] int NULL, [c1] char(5) COLLATE Latin1_General_100_CI_AS NULL, [c2] datetime2(3) NULL);

-- -DeleteMissing -DeletedColumn, a time: duplicates
SELECT d.[etl_row], d.[etl_next]
FROM (
    SELECT s.[etl_row], LEAD(s.[etl_row]) OVER (PARTITION BY s.[c0], s.[c1] ORDER BY s.[etl_row]) AS [etl_next]
    FROM [#etl_stage] AS s
) AS d
WHERE d.[etl_next] IS NOT NULL
ORDER BY d.[etl_row];

-- -DeleteMissing -DeletedColumn, a time: upsert
DECLARE @from int = 0, @to int = 5;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    UPDATE t SET [gone at] = s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0], n.[c1] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to ORDER BY n.[c0], n.[c1]) AS k
    INNER JOIN [dbo].[marked] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0] AND t.[code] = k.[c1]
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @updated += @@ROWCOUNT;
    INSERT INTO [dbo].[marked] ([id], [code], [gone at])
    SELECT k.[c0], k.[c1], s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0], n.[c1] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND NOT EXISTS (SELECT 1 FROM [dbo].[marked] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0] AND t.[code] = n.[c1]) ORDER BY n.[c0], n.[c1]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- -DeleteMissing -DeletedColumn, a time: upsert without some rows
DECLARE @from int = 0, @to int = 5, @first varbinary(max) = 0x00000001;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    UPDATE t SET [gone at] = s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0], n.[c1] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 ORDER BY n.[c0], n.[c1]) AS k
    INNER JOIN [dbo].[marked] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0] AND t.[code] = k.[c1]
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @updated += @@ROWCOUNT;
    INSERT INTO [dbo].[marked] ([id], [code], [gone at])
    SELECT f.[c0], f.[c1], s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0], n.[c1] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 AND NOT EXISTS (SELECT 1 FROM [dbo].[marked] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0] AND t.[code] = n.[c1]) ORDER BY n.[c0], n.[c1]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    INNER JOIN [#etl_stage] AS f ON f.[etl_row] = @from - 1 + CAST(SUBSTRING(@first, 4 * (k.[etl_row] - @from) + 1, 4) AS int)
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- -DeleteMissing -DeletedColumn, a time: create table
IF OBJECT_ID(N'[dbo].[marked]') IS NULL
CREATE TABLE [dbo].[marked] ([id] int NOT NULL, [code] char(5) NOT NULL, [gone at] datetime2(3) NULL, PRIMARY KEY ([id], [code]));

-- -DeleteMissing -DeletedColumn, a time: add column
IF COL_LENGTH(N'[dbo].[marked]', N'gone at') IS NULL
ALTER TABLE [dbo].[marked] ADD [gone at] datetime2(3) NULL;

-- -DeleteMissing -DeletedColumn, a time: lock
SET LOCK_TIMEOUT 5000;
BEGIN TRANSACTION;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[marked] WITH (TABLOCKX, HOLDLOCK);

-- -DeleteMissing -DeletedColumn, a time: alter column
ALTER TABLE [dbo].[marked] ALTER COLUMN [gone at] datetime2(3) NULL;

-- -DeleteMissing -DeletedColumn, a time: create unique index
CREATE UNIQUE INDEX [ux_marked_id_code] ON [dbo].[marked] ([id], [code]);

-- -DeleteMissing -DeletedColumn, a time: lock for a whole load
SET LOCK_TIMEOUT 5000;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[marked] WITH (TABLOCKX, HOLDLOCK);
SET LOCK_TIMEOUT -1;

-- -DeleteMissing -DeletedColumn, a time: delete all
SET NOCOUNT ON;
DECLARE @touched bigint;
DELETE FROM [dbo].[marked];
SET @touched = ROWCOUNT_BIG();
SELECT @touched AS [etl_touched];

-- -DeleteMissing -DeletedColumn, a time: keys that came
CREATE TABLE [#etl_seen] ([k0] int NULL, [k1] char(5) COLLATE Latin1_General_100_CI_AS NULL);

-- -DeleteMissing -DeletedColumn, a time: keep keys
INSERT INTO [#etl_seen] SELECT s.[c0], s.[c1] FROM [#etl_stage] AS s;

-- -DeleteMissing -DeletedColumn, a time: try scope
DECLARE @scope0 nvarchar(4000) = N'a';
SELECT 1 FROM [dbo].[marked] AS t WHERE 1 = 0;

-- -DeleteMissing -DeletedColumn, a time: delete missing
DECLARE @scope0 nvarchar(4000) = N'a';
SET NOCOUNT ON;
DECLARE @touched bigint;
DELETE t FROM [dbo].[marked] AS t
WHERE NOT EXISTS (SELECT 1 FROM [#etl_seen] AS s WHERE s.[k0] = t.[id] AND s.[k1] = t.[code]);
SET @touched = ROWCOUNT_BIG();
SELECT @touched AS [etl_touched];

-- -DeleteMissing -DeletedColumn, a time: mark
DECLARE @scope0 nvarchar(4000) = N'a';
SET NOCOUNT ON;
DECLARE @touched bigint;
UPDATE t SET [gone at] = SYSUTCDATETIME()
FROM [dbo].[marked] AS t
WHERE t.[gone at] IS NULL AND NOT EXISTS (SELECT 1 FROM [#etl_seen] AS s WHERE s.[k0] = t.[id] AND s.[k1] = t.[code]);
SET @touched = ROWCOUNT_BIG();
SELECT @touched AS [etl_touched];

-- -DeleteMissing -DeletedColumn, a time: unmark
SET NOCOUNT ON;
DECLARE @touched bigint;
UPDATE t SET [gone at] = NULL
FROM [dbo].[marked] AS t
WHERE (t.[gone at] IS NOT NULL) AND EXISTS (SELECT 1 FROM [#etl_seen] AS s WHERE s.[k0] = t.[id] AND s.[k1] = t.[code]);
SET @touched = ROWCOUNT_BIG();
SELECT @touched AS [etl_touched];

-- key only: staging
DROP TABLE IF EXISTS [#etl_stage];
CREATE TABLE [#etl_stage] ([etl_row] int NOT NULL PRIMARY KEY, [c0] int NULL);

-- key only: duplicates
SELECT d.[etl_row], d.[etl_next]
FROM (
    SELECT s.[etl_row], LEAD(s.[etl_row]) OVER (PARTITION BY s.[c0] ORDER BY s.[etl_row]) AS [etl_next]
    FROM [#etl_stage] AS s
) AS d
WHERE d.[etl_next] IS NOT NULL
ORDER BY d.[etl_row];

-- key only: upsert
DECLARE @from int = 0, @to int = 5;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    SELECT @known = COUNT(*)
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[key only] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
    OPTION (LOOP JOIN, FORCE ORDER);
    INSERT INTO [dbo].[key only] ([id])
    SELECT k.[c0]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND NOT EXISTS (SELECT 1 FROM [dbo].[key only] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- key only: upsert without some rows
DECLARE @from int = 0, @to int = 5, @first varbinary(max) = 0x00000001;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    SELECT @known = COUNT(*)
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[key only] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
    OPTION (LOOP JOIN, FORCE ORDER);
    INSERT INTO [dbo].[key only] ([id])
    SELECT f.[c0]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 AND NOT EXISTS (SELECT 1 FROM [dbo].[key only] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    INNER JOIN [#etl_stage] AS f ON f.[etl_row] = @from - 1 + CAST(SUBSTRING(@first, 4 * (k.[etl_row] - @from) + 1, 4) AS int)
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- key only: create table
IF OBJECT_ID(N'[dbo].[key only]') IS NULL
CREATE TABLE [dbo].[key only] ([id] int NOT NULL, PRIMARY KEY ([id]));

-- key only: add column
IF COL_LENGTH(N'[dbo].[key only]', N'id') IS NULL
ALTER TABLE [dbo].[key only] ADD [id] int NULL;

-- key only: lock
SET LOCK_TIMEOUT 5000;
BEGIN TRANSACTION;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[key only] WITH (TABLOCKX, HOLDLOCK);

-- key only: alter column
ALTER TABLE [dbo].[key only] ALTER COLUMN [id] int NOT NULL;

-- key only: create unique index
CREATE UNIQUE INDEX [ux_key only_id] ON [dbo].[key only] ([id]);

-- nothing to update: staging
DROP TABLE IF EXISTS [#etl_stage];
CREATE TABLE [#etl_stage] ([etl_row] int NOT NULL PRIMARY KEY, [c0] int NULL, [c1] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL);

-- nothing to update: duplicates
SELECT d.[etl_row], d.[etl_next]
FROM (
    SELECT s.[etl_row], LEAD(s.[etl_row]) OVER (PARTITION BY s.[c0] ORDER BY s.[etl_row]) AS [etl_next]
    FROM [#etl_stage] AS s
) AS d
WHERE d.[etl_next] IS NOT NULL
ORDER BY d.[etl_row];

-- nothing to update: upsert
DECLARE @from int = 0, @to int = 5;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    SELECT @known = COUNT(*)
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @updated += @known;
    INSERT INTO [dbo].[plain] ([id], [name])
    SELECT k.[c0], s.[c1]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND NOT EXISTS (SELECT 1 FROM [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- nothing to update: upsert without some rows
DECLARE @from int = 0, @to int = 5, @first varbinary(max) = 0x00000001;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    SELECT @known = COUNT(*)
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @updated += @known;
    INSERT INTO [dbo].[plain] ([id], [name])
    SELECT f.[c0], s.[c1]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 AND NOT EXISTS (SELECT 1 FROM [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    INNER JOIN [#etl_stage] AS f ON f.[etl_row] = @from - 1 + CAST(SUBSTRING(@first, 4 * (k.[etl_row] - @from) + 1, 4) AS int)
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- nothing to update: create table
IF OBJECT_ID(N'[dbo].[plain]') IS NULL
CREATE TABLE [dbo].[plain] ([id] int NOT NULL, [name] nvarchar(50) NULL, PRIMARY KEY ([id]));

-- nothing to update: add column
IF COL_LENGTH(N'[dbo].[plain]', N'name') IS NULL
ALTER TABLE [dbo].[plain] ADD [name] nvarchar(50) NULL;

-- nothing to update: lock
SET LOCK_TIMEOUT 5000;
BEGIN TRANSACTION;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[plain] WITH (TABLOCKX, HOLDLOCK);

-- nothing to update: alter column
ALTER TABLE [dbo].[plain] ALTER COLUMN [name] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL;

-- nothing to update: create unique index
CREATE UNIQUE INDEX [ux_plain_id] ON [dbo].[plain] ([id]);

-- no unique key: staging
DROP TABLE IF EXISTS [#etl_stage];
CREATE TABLE [#etl_stage] ([etl_row] int NOT NULL PRIMARY KEY, [c0] int NULL, [c1] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL, [c2] decimal(18,4) NULL);

-- no unique key: duplicates
SELECT d.[etl_row], d.[etl_next]
FROM (
    SELECT s.[etl_row], LEAD(s.[etl_row]) OVER (PARTITION BY s.[c0] ORDER BY s.[etl_row]) AS [etl_next]
    FROM [#etl_stage] AS s
) AS d
WHERE d.[etl_next] IS NOT NULL
ORDER BY d.[etl_row];

-- no unique key: upsert
DECLARE @from int = 0, @to int = 5;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    UPDATE t SET [name] = s.[c1], [amount] = s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row];
    SET @updated += @@ROWCOUNT;
    INSERT INTO [dbo].[plain] ([id], [name], [amount])
    SELECT k.[c0], s.[c1], s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND NOT EXISTS (SELECT 1 FROM [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row];
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- no unique key: upsert without some rows
DECLARE @from int = 0, @to int = 5, @first varbinary(max) = 0x00000001;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    UPDATE t SET [name] = s.[c1], [amount] = s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row];
    SET @updated += @@ROWCOUNT;
    INSERT INTO [dbo].[plain] ([id], [name], [amount])
    SELECT f.[c0], s.[c1], s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 AND NOT EXISTS (SELECT 1 FROM [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    INNER JOIN [#etl_stage] AS f ON f.[etl_row] = @from - 1 + CAST(SUBSTRING(@first, 4 * (k.[etl_row] - @from) + 1, 4) AS int);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- no unique key: create table
IF OBJECT_ID(N'[dbo].[plain]') IS NULL
CREATE TABLE [dbo].[plain] ([id] int NOT NULL, [name] nvarchar(50) NULL, [amount] decimal(18,4) NULL, PRIMARY KEY ([id]));

-- no unique key: add column
IF COL_LENGTH(N'[dbo].[plain]', N'amount') IS NULL
ALTER TABLE [dbo].[plain] ADD [amount] decimal(18,4) NULL;

-- no unique key: lock
SET LOCK_TIMEOUT 5000;
BEGIN TRANSACTION;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[plain] WITH (TABLOCKX, HOLDLOCK);

-- no unique key: alter column
ALTER TABLE [dbo].[plain] ALTER COLUMN [amount] decimal(18,4) NULL;

-- no unique key: create unique index
CREATE UNIQUE INDEX [ux_plain_id] ON [dbo].[plain] ([id]);

-- another unique column, or a trigger: staging
DROP TABLE IF EXISTS [#etl_stage];
CREATE TABLE [#etl_stage] ([etl_row] int NOT NULL PRIMARY KEY, [c0] int NULL, [c1] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL, [c2] decimal(18,4) NULL);

-- another unique column, or a trigger: duplicates
SELECT d.[etl_row], d.[etl_next]
FROM (
    SELECT s.[etl_row], LEAD(s.[etl_row]) OVER (PARTITION BY s.[c0] ORDER BY s.[etl_row]) AS [etl_next]
    FROM [#etl_stage] AS s
) AS d
WHERE d.[etl_next] IS NOT NULL
ORDER BY d.[etl_row];

-- another unique column, or a trigger: upsert
DECLARE @from int = 0, @to int = 5;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    DECLARE @at int = @from;
    WHILE @at < @to
    BEGIN
        UPDATE t SET [name] = s.[c1], [amount] = s.[c2]
        FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] = @at ORDER BY n.[c0]) AS k
        INNER JOIN [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
        INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
        OPTION (LOOP JOIN, FORCE ORDER);
        SET @updated += @@ROWCOUNT;
        INSERT INTO [dbo].[plain] ([id], [name], [amount])
        SELECT k.[c0], s.[c1], s.[c2]
        FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] = @at AND NOT EXISTS (SELECT 1 FROM [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
        INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
        OPTION (LOOP JOIN, FORCE ORDER);
        SET @inserted += @@ROWCOUNT;
        SET @at += 1;
    END;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- another unique column, or a trigger: upsert without some rows
DECLARE @from int = 0, @to int = 5, @first varbinary(max) = 0x00000001;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    DECLARE @at int = @from;
    WHILE @at < @to
    BEGIN
        UPDATE t SET [name] = s.[c1], [amount] = s.[c2]
        FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] = @at AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 ORDER BY n.[c0]) AS k
        INNER JOIN [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
        INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
        OPTION (LOOP JOIN, FORCE ORDER);
        SET @updated += @@ROWCOUNT;
        INSERT INTO [dbo].[plain] ([id], [name], [amount])
        SELECT f.[c0], s.[c1], s.[c2]
        FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] = @at AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 AND NOT EXISTS (SELECT 1 FROM [dbo].[plain] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
        INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
        INNER JOIN [#etl_stage] AS f ON f.[etl_row] = @from - 1 + CAST(SUBSTRING(@first, 4 * (k.[etl_row] - @from) + 1, 4) AS int)
        OPTION (LOOP JOIN, FORCE ORDER);
        SET @inserted += @@ROWCOUNT;
        SET @at += 1;
    END;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- another unique column, or a trigger: create table
IF OBJECT_ID(N'[dbo].[plain]') IS NULL
CREATE TABLE [dbo].[plain] ([id] int NOT NULL, [name] nvarchar(50) NULL, [amount] decimal(18,4) NULL, PRIMARY KEY ([id]));

-- another unique column, or a trigger: add column
IF COL_LENGTH(N'[dbo].[plain]', N'amount') IS NULL
ALTER TABLE [dbo].[plain] ADD [amount] decimal(18,4) NULL;

-- another unique column, or a trigger: lock
SET LOCK_TIMEOUT 5000;
BEGIN TRANSACTION;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[plain] WITH (TABLOCKX, HOLDLOCK);

-- another unique column, or a trigger: alter column
ALTER TABLE [dbo].[plain] ALTER COLUMN [amount] decimal(18,4) NULL;

-- another unique column, or a trigger: create unique index
CREATE UNIQUE INDEX [ux_plain_id] ON [dbo].[plain] ([id]);

-- another unique column, or a trigger, -UseMerge: staging
DROP TABLE IF EXISTS [#etl_stage];
CREATE TABLE [#etl_stage] ([etl_row] int NOT NULL PRIMARY KEY, [c0] int NULL, [c1] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL, [c2] decimal(18,4) NULL);

-- another unique column, or a trigger, -UseMerge: duplicates
SELECT d.[etl_row], d.[etl_next]
FROM (
    SELECT s.[etl_row], LEAD(s.[etl_row]) OVER (PARTITION BY s.[c0] ORDER BY s.[etl_row]) AS [etl_next]
    FROM [#etl_stage] AS s
) AS d
WHERE d.[etl_next] IS NOT NULL
ORDER BY d.[etl_row];

-- another unique column, or a trigger, -UseMerge: upsert
DECLARE @from int = 0, @to int = 5;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
DECLARE @done TABLE ([action] nvarchar(10) NOT NULL);
BEGIN TRY
    DECLARE @at int = @from;
    WHILE @at < @to
    BEGIN
        DELETE FROM @done;
        MERGE INTO [dbo].[plain] WITH (HOLDLOCK) AS t
        USING (
            SELECT k.[c0], s.[c1], s.[c2]
            FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] = @at ORDER BY n.[c0]) AS k
            INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
        ) AS s
        ON t.[id] = s.[c0]
        WHEN MATCHED THEN UPDATE SET [name] = s.[c1], [amount] = s.[c2]
        WHEN NOT MATCHED BY TARGET THEN INSERT ([id], [name], [amount]) VALUES (s.[c0], s.[c1], s.[c2])
        OUTPUT $action INTO @done ([action])
        OPTION (LOOP JOIN);
        SELECT @updated += COUNT(CASE WHEN [action] = N'UPDATE' THEN 1 END), @inserted += COUNT(CASE WHEN [action] = N'INSERT' THEN 1 END) FROM @done;
        SET @at += 1;
    END;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- another unique column, or a trigger, -UseMerge: upsert without some rows
DECLARE @from int = 0, @to int = 5, @first varbinary(max) = 0x00000001;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
DECLARE @done TABLE ([action] nvarchar(10) NOT NULL);
BEGIN TRY
    DECLARE @at int = @from;
    WHILE @at < @to
    BEGIN
        DELETE FROM @done;
        MERGE INTO [dbo].[plain] WITH (HOLDLOCK) AS t
        USING (
            SELECT k.[c0], s.[c1], s.[c2], f.[c0] AS [f0]
            FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] = @at AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 ORDER BY n.[c0]) AS k
            INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
            INNER JOIN [#etl_stage] AS f ON f.[etl_row] = @from - 1 + CAST(SUBSTRING(@first, 4 * (k.[etl_row] - @from) + 1, 4) AS int)
        ) AS s
        ON t.[id] = s.[c0]
        WHEN MATCHED THEN UPDATE SET [name] = s.[c1], [amount] = s.[c2]
        WHEN NOT MATCHED BY TARGET THEN INSERT ([id], [name], [amount]) VALUES (s.[f0], s.[c1], s.[c2])
        OUTPUT $action INTO @done ([action])
        OPTION (LOOP JOIN);
        SELECT @updated += COUNT(CASE WHEN [action] = N'UPDATE' THEN 1 END), @inserted += COUNT(CASE WHEN [action] = N'INSERT' THEN 1 END) FROM @done;
        SET @at += 1;
    END;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- another unique column, or a trigger, -UseMerge: create table
IF OBJECT_ID(N'[dbo].[plain]') IS NULL
CREATE TABLE [dbo].[plain] ([id] int NOT NULL, [name] nvarchar(50) NULL, [amount] decimal(18,4) NULL, PRIMARY KEY ([id]));

-- another unique column, or a trigger, -UseMerge: add column
IF COL_LENGTH(N'[dbo].[plain]', N'amount') IS NULL
ALTER TABLE [dbo].[plain] ADD [amount] decimal(18,4) NULL;

-- another unique column, or a trigger, -UseMerge: lock
SET LOCK_TIMEOUT 5000;
BEGIN TRANSACTION;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[plain] WITH (TABLOCKX, HOLDLOCK);

-- another unique column, or a trigger, -UseMerge: alter column
ALTER TABLE [dbo].[plain] ALTER COLUMN [amount] decimal(18,4) NULL;

-- another unique column, or a trigger, -UseMerge: create unique index
CREATE UNIQUE INDEX [ux_plain_id] ON [dbo].[plain] ([id]);

-- composite key: staging
DROP TABLE IF EXISTS [#etl_stage];
CREATE TABLE [#etl_stage] ([etl_row] int NOT NULL PRIMARY KEY, [c0] int NULL, [c1] varchar(10) COLLATE Latin1_General_100_CI_AS NULL, [c2] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL);

-- composite key: duplicates
SELECT d.[etl_row], d.[etl_next]
FROM (
    SELECT s.[etl_row], LEAD(s.[etl_row]) OVER (PARTITION BY s.[c1], s.[c0] ORDER BY s.[etl_row]) AS [etl_next]
    FROM [#etl_stage] AS s
) AS d
WHERE d.[etl_next] IS NOT NULL
ORDER BY d.[etl_row];

-- composite key: upsert
DECLARE @from int = 0, @to int = 5;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    UPDATE t SET [name] = s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c1], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to ORDER BY n.[c1], n.[c0]) AS k
    INNER JOIN [dbo].[composite] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[region] = k.[c1] AND t.[id] = k.[c0]
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @updated += @@ROWCOUNT;
    INSERT INTO [dbo].[composite] ([id], [region], [name])
    SELECT k.[c0], k.[c1], s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c1], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND NOT EXISTS (SELECT 1 FROM [dbo].[composite] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[region] = n.[c1] AND t.[id] = n.[c0]) ORDER BY n.[c1], n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- composite key: upsert without some rows
DECLARE @from int = 0, @to int = 5, @first varbinary(max) = 0x00000001;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    UPDATE t SET [name] = s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c1], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 ORDER BY n.[c1], n.[c0]) AS k
    INNER JOIN [dbo].[composite] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[region] = k.[c1] AND t.[id] = k.[c0]
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @updated += @@ROWCOUNT;
    INSERT INTO [dbo].[composite] ([id], [region], [name])
    SELECT f.[c0], f.[c1], s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c1], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 AND NOT EXISTS (SELECT 1 FROM [dbo].[composite] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[region] = n.[c1] AND t.[id] = n.[c0]) ORDER BY n.[c1], n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    INNER JOIN [#etl_stage] AS f ON f.[etl_row] = @from - 1 + CAST(SUBSTRING(@first, 4 * (k.[etl_row] - @from) + 1, 4) AS int)
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- composite key: create table
IF OBJECT_ID(N'[dbo].[composite]') IS NULL
CREATE TABLE [dbo].[composite] ([id] int NOT NULL, [region] varchar(10) NOT NULL, [name] nvarchar(50) NULL, PRIMARY KEY ([region], [id]));

-- composite key: add column
IF COL_LENGTH(N'[dbo].[composite]', N'name') IS NULL
ALTER TABLE [dbo].[composite] ADD [name] nvarchar(50) NULL;

-- composite key: lock
SET LOCK_TIMEOUT 5000;
BEGIN TRANSACTION;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[composite] WITH (TABLOCKX, HOLDLOCK);

-- composite key: alter column
ALTER TABLE [dbo].[composite] ALTER COLUMN [name] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL;

-- composite key: create unique index
CREATE UNIQUE INDEX [ux_composite_region_id] ON [dbo].[composite] ([region], [id]);

-- identity kept: staging
DROP TABLE IF EXISTS [#etl_stage];
CREATE TABLE [#etl_stage] ([etl_row] int NOT NULL PRIMARY KEY, [c0] bigint NULL, [c1] char(5) COLLATE Latin1_General_100_CI_AS NULL, [c2] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL);

-- identity kept: duplicates
SELECT d.[etl_row], d.[etl_next]
FROM (
    SELECT s.[etl_row], LEAD(s.[etl_row]) OVER (PARTITION BY s.[c1] ORDER BY s.[etl_row]) AS [etl_next]
    FROM [#etl_stage] AS s
) AS d
WHERE d.[etl_next] IS NOT NULL
ORDER BY d.[etl_row];

-- identity kept: upsert
DECLARE @from int = 0, @to int = 5;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    SET IDENTITY_INSERT [dbo].[identity] ON;
    UPDATE t SET [name] = s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c1] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to ORDER BY n.[c1]) AS k
    INNER JOIN [dbo].[identity] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[code] = k.[c1]
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @updated += @@ROWCOUNT;
    INSERT INTO [dbo].[identity] ([number], [code], [name])
    SELECT s.[c0], k.[c1], s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c1] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND NOT EXISTS (SELECT 1 FROM [dbo].[identity] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[code] = n.[c1]) ORDER BY n.[c1]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
    SET IDENTITY_INSERT [dbo].[identity] OFF;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- identity kept: upsert without some rows
DECLARE @from int = 0, @to int = 5, @first varbinary(max) = 0x00000001;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    SET IDENTITY_INSERT [dbo].[identity] ON;
    UPDATE t SET [name] = s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c1] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 ORDER BY n.[c1]) AS k
    INNER JOIN [dbo].[identity] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[code] = k.[c1]
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @updated += @@ROWCOUNT;
    INSERT INTO [dbo].[identity] ([number], [code], [name])
    SELECT s.[c0], f.[c1], s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c1] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 AND NOT EXISTS (SELECT 1 FROM [dbo].[identity] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[code] = n.[c1]) ORDER BY n.[c1]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    INNER JOIN [#etl_stage] AS f ON f.[etl_row] = @from - 1 + CAST(SUBSTRING(@first, 4 * (k.[etl_row] - @from) + 1, 4) AS int)
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
    SET IDENTITY_INSERT [dbo].[identity] OFF;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- identity kept: create table
IF OBJECT_ID(N'[dbo].[identity]') IS NULL
CREATE TABLE [dbo].[identity] ([number] bigint NOT NULL, [code] char(5) NOT NULL, [name] nvarchar(50) NULL, PRIMARY KEY ([code]));

-- identity kept: add column
IF COL_LENGTH(N'[dbo].[identity]', N'name') IS NULL
ALTER TABLE [dbo].[identity] ADD [name] nvarchar(50) NULL;

-- identity kept: lock
SET LOCK_TIMEOUT 5000;
BEGIN TRANSACTION;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[identity] WITH (TABLOCKX, HOLDLOCK);

-- identity kept: alter column
ALTER TABLE [dbo].[identity] ALTER COLUMN [name] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL;

-- identity kept: create unique index
CREATE UNIQUE INDEX [ux_identity_code] ON [dbo].[identity] ([code]);

-- numbered by the server: staging
DROP TABLE IF EXISTS [#etl_stage];
CREATE TABLE [#etl_stage] ([etl_row] int NOT NULL PRIMARY KEY, [c1] char(5) COLLATE Latin1_General_100_CI_AS NULL, [c2] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL);

-- numbered by the server: duplicates
SELECT d.[etl_row], d.[etl_next]
FROM (
    SELECT s.[etl_row], LEAD(s.[etl_row]) OVER (PARTITION BY s.[c1] ORDER BY s.[etl_row]) AS [etl_next]
    FROM [#etl_stage] AS s
) AS d
WHERE d.[etl_next] IS NOT NULL
ORDER BY d.[etl_row];

-- numbered by the server: upsert
DECLARE @from int = 0, @to int = 5;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    UPDATE t SET [name] = s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c1] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to ORDER BY n.[c1]) AS k
    INNER JOIN [dbo].[numbered] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[code] = k.[c1]
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @updated += @@ROWCOUNT;
    INSERT INTO [dbo].[numbered] ([code], [name])
    SELECT s.[c1], s.[c2]
    FROM [#etl_stage] AS s
    WHERE s.[etl_row] >= @from AND s.[etl_row] < @to AND NOT EXISTS (SELECT 1 FROM [dbo].[numbered] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[code] = s.[c1])
    ORDER BY s.[etl_row]
    OPTION (LOOP JOIN);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- numbered by the server: upsert without some rows
DECLARE @from int = 0, @to int = 5, @first varbinary(max) = 0x00000001;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    UPDATE t SET [name] = s.[c2]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c1] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 ORDER BY n.[c1]) AS k
    INNER JOIN [dbo].[numbered] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[code] = k.[c1]
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @updated += @@ROWCOUNT;
    INSERT INTO [dbo].[numbered] ([code], [name])
    SELECT f.[c1], s.[c2]
    FROM [#etl_stage] AS s
    INNER JOIN [#etl_stage] AS f ON f.[etl_row] = @from - 1 + CAST(SUBSTRING(@first, 4 * (s.[etl_row] - @from) + 1, 4) AS int)
    WHERE s.[etl_row] >= @from AND s.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (s.[etl_row] - @from) + 1, 4) AS int) > 0 AND NOT EXISTS (SELECT 1 FROM [dbo].[numbered] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[code] = s.[c1])
    ORDER BY f.[etl_row]
    OPTION (LOOP JOIN);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- numbered by the server: create table
IF OBJECT_ID(N'[dbo].[numbered]') IS NULL
CREATE TABLE [dbo].[numbered] ([number] bigint NOT NULL, [code] char(5) NOT NULL, [name] nvarchar(50) NULL, PRIMARY KEY ([code]));

-- numbered by the server: add column
IF COL_LENGTH(N'[dbo].[numbered]', N'name') IS NULL
ALTER TABLE [dbo].[numbered] ADD [name] nvarchar(50) NULL;

-- numbered by the server: lock
SET LOCK_TIMEOUT 5000;
BEGIN TRANSACTION;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[numbered] WITH (TABLOCKX, HOLDLOCK);

-- numbered by the server: alter column
ALTER TABLE [dbo].[numbered] ALTER COLUMN [name] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL;

-- numbered by the server: create unique index
CREATE UNIQUE INDEX [ux_numbered_code] ON [dbo].[numbered] ([code]);

-- identity as key: staging
DROP TABLE IF EXISTS [#etl_stage];
CREATE TABLE [#etl_stage] ([etl_row] int NOT NULL PRIMARY KEY, [c0] bigint NULL, [c1] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL);

-- identity as key: duplicates
SELECT d.[etl_row], d.[etl_next]
FROM (
    SELECT s.[etl_row], LEAD(s.[etl_row]) OVER (PARTITION BY s.[c0] ORDER BY s.[etl_row]) AS [etl_next]
    FROM [#etl_stage] AS s
) AS d
WHERE d.[etl_next] IS NOT NULL
ORDER BY d.[etl_row];

-- identity as key: upsert
DECLARE @from int = 0, @to int = 5;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
DECLARE @done TABLE ([action] nvarchar(10) NOT NULL);
BEGIN TRY
    SET IDENTITY_INSERT [dbo].[identity key] ON;
    DELETE FROM @done;
    MERGE INTO [dbo].[identity key] WITH (HOLDLOCK) AS t
    USING (
        SELECT k.[c0], s.[c1]
        FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to ORDER BY n.[c0]) AS k
        INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    ) AS s
    ON t.[number] = s.[c0]
    WHEN MATCHED THEN UPDATE SET [name] = s.[c1]
    WHEN NOT MATCHED BY TARGET THEN INSERT ([number], [name]) VALUES (s.[c0], s.[c1])
    OUTPUT $action INTO @done ([action])
    OPTION (LOOP JOIN);
    SELECT @updated += COUNT(CASE WHEN [action] = N'UPDATE' THEN 1 END), @inserted += COUNT(CASE WHEN [action] = N'INSERT' THEN 1 END) FROM @done;
    SET IDENTITY_INSERT [dbo].[identity key] OFF;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- identity as key: upsert without some rows
DECLARE @from int = 0, @to int = 5, @first varbinary(max) = 0x00000001;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
DECLARE @done TABLE ([action] nvarchar(10) NOT NULL);
BEGIN TRY
    SET IDENTITY_INSERT [dbo].[identity key] ON;
    DELETE FROM @done;
    MERGE INTO [dbo].[identity key] WITH (HOLDLOCK) AS t
    USING (
        SELECT k.[c0], s.[c1], f.[c0] AS [f0]
        FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 ORDER BY n.[c0]) AS k
        INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
        INNER JOIN [#etl_stage] AS f ON f.[etl_row] = @from - 1 + CAST(SUBSTRING(@first, 4 * (k.[etl_row] - @from) + 1, 4) AS int)
    ) AS s
    ON t.[number] = s.[c0]
    WHEN MATCHED THEN UPDATE SET [name] = s.[c1]
    WHEN NOT MATCHED BY TARGET THEN INSERT ([number], [name]) VALUES (s.[f0], s.[c1])
    OUTPUT $action INTO @done ([action])
    OPTION (LOOP JOIN);
    SELECT @updated += COUNT(CASE WHEN [action] = N'UPDATE' THEN 1 END), @inserted += COUNT(CASE WHEN [action] = N'INSERT' THEN 1 END) FROM @done;
    SET IDENTITY_INSERT [dbo].[identity key] OFF;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- identity as key: create table
IF OBJECT_ID(N'[dbo].[identity key]') IS NULL
CREATE TABLE [dbo].[identity key] ([number] bigint NOT NULL, [name] nvarchar(50) NULL, PRIMARY KEY ([number]));

-- identity as key: add column
IF COL_LENGTH(N'[dbo].[identity key]', N'name') IS NULL
ALTER TABLE [dbo].[identity key] ADD [name] nvarchar(50) NULL;

-- identity as key: lock
SET LOCK_TIMEOUT 5000;
BEGIN TRANSACTION;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[identity key] WITH (TABLOCKX, HOLDLOCK);

-- identity as key: alter column
ALTER TABLE [dbo].[identity key] ALTER COLUMN [name] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL;

-- identity as key: create unique index
CREATE UNIQUE INDEX [ux_identity key_number] ON [dbo].[identity key] ([number]);

-- odd names: staging
DROP TABLE IF EXISTS [#etl_stage];
CREATE TABLE [#etl_stage] ([etl_row] int NOT NULL PRIMARY KEY, [c0] int NULL, [c1] nvarchar(20) COLLATE Latin1_General_100_CI_AS NULL, [c2] int NULL, [c3] date NULL);

-- odd names: duplicates
SELECT d.[etl_row], d.[etl_next]
FROM (
    SELECT s.[etl_row], LEAD(s.[etl_row]) OVER (PARTITION BY s.[c0] ORDER BY s.[etl_row]) AS [etl_next]
    FROM [#etl_stage] AS s
) AS d
WHERE d.[etl_next] IS NOT NULL
ORDER BY d.[etl_row];

-- odd names: upsert
DECLARE @from int = 0, @to int = 5;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    UPDATE t SET [select] = s.[c1], [a b] = s.[c2], [x'y"z] = s.[c3]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[o'dd ]]table[; DROP TABLE x --] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[i]]d] = k.[c0]
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @updated += @@ROWCOUNT;
    INSERT INTO [dbo].[o'dd ]]table[; DROP TABLE x --] ([i]]d], [select], [a b], [x'y"z])
    SELECT k.[c0], s.[c1], s.[c2], s.[c3]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND NOT EXISTS (SELECT 1 FROM [dbo].[o'dd ]]table[; DROP TABLE x --] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[i]]d] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- odd names: upsert without some rows
DECLARE @from int = 0, @to int = 5, @first varbinary(max) = 0x00000001;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    UPDATE t SET [select] = s.[c1], [a b] = s.[c2], [x'y"z] = s.[c3]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[o'dd ]]table[; DROP TABLE x --] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[i]]d] = k.[c0]
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @updated += @@ROWCOUNT;
    INSERT INTO [dbo].[o'dd ]]table[; DROP TABLE x --] ([i]]d], [select], [a b], [x'y"z])
    SELECT f.[c0], s.[c1], s.[c2], s.[c3]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 AND NOT EXISTS (SELECT 1 FROM [dbo].[o'dd ]]table[; DROP TABLE x --] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[i]]d] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    INNER JOIN [#etl_stage] AS f ON f.[etl_row] = @from - 1 + CAST(SUBSTRING(@first, 4 * (k.[etl_row] - @from) + 1, 4) AS int)
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- odd names: create table
IF OBJECT_ID(N'[dbo].[o''dd ]]table[; DROP TABLE x --]') IS NULL
CREATE TABLE [dbo].[o'dd ]]table[; DROP TABLE x --] ([i]]d] int NOT NULL, [select] nvarchar(20) NULL, [a b] int NULL, [x'y"z] date NULL, PRIMARY KEY ([i]]d]));

-- odd names: add column
IF COL_LENGTH(N'[dbo].[o''dd ]]table[; DROP TABLE x --]', N'x''y"z') IS NULL
ALTER TABLE [dbo].[o'dd ]]table[; DROP TABLE x --] ADD [x'y"z] date NULL;

-- odd names: lock
SET LOCK_TIMEOUT 5000;
BEGIN TRANSACTION;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[o'dd ]]table[; DROP TABLE x --] WITH (TABLOCKX, HOLDLOCK);

-- odd names: alter column
ALTER TABLE [dbo].[o'dd ]]table[; DROP TABLE x --] ALTER COLUMN [x'y"z] date NULL;

-- odd names: create unique index
CREATE UNIQUE INDEX [ux_o'dd ]]table[; DROP TABLE x --_i]]d] ON [dbo].[o'dd ]]table[; DROP TABLE x --] ([i]]d]);

-- every type: staging
DROP TABLE IF EXISTS [#etl_stage];
CREATE TABLE [#etl_stage] ([etl_row] int NOT NULL PRIMARY KEY, [c0] int NULL, [c1] bit NULL, [c2] tinyint NULL, [c3] smallint NULL, [c4] int NULL, [c5] bigint NULL, [c6] decimal(18,4) NULL, [c7] numeric(38,10) NULL, [c8] money NULL, [c9] smallmoney NULL, [c10] real NULL, [c11] float NULL, [c12] date NULL, [c13] time(7) NULL, [c14] smalldatetime NULL, [c15] datetime NULL, [c16] datetime2(3) NULL, [c17] datetimeoffset(7) NULL, [c18] uniqueidentifier NULL, [c19] char(10) COLLATE Latin1_General_100_CI_AS NULL, [c20] varchar(50) COLLATE Latin1_General_100_CI_AS NULL, [c21] varchar(max) COLLATE Latin1_General_100_CI_AS NULL, [c22] varchar(max) COLLATE Latin1_General_100_CI_AS NULL, [c23] nchar(10) COLLATE Latin1_General_100_CI_AS NULL, [c24] nvarchar(50) COLLATE Latin1_General_100_CI_AS NULL, [c25] nvarchar(max) COLLATE Latin1_General_100_CI_AS NULL, [c26] nvarchar(max) COLLATE Latin1_General_100_CI_AS NULL, [c27] binary(16) NULL, [c28] varbinary(16) NULL, [c29] varbinary(max) NULL, [c30] varbinary(max) NULL, [c31] nvarchar(max) NULL, [c32] nvarchar(max) NULL);

-- every type: duplicates
SELECT d.[etl_row], d.[etl_next]
FROM (
    SELECT s.[etl_row], LEAD(s.[etl_row]) OVER (PARTITION BY s.[c0] ORDER BY s.[etl_row]) AS [etl_next]
    FROM [#etl_stage] AS s
) AS d
WHERE d.[etl_next] IS NOT NULL
ORDER BY d.[etl_row];

-- every type: upsert
DECLARE @from int = 0, @to int = 5;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    UPDATE t SET [v0] = s.[c1], [v1] = s.[c2], [v2] = s.[c3], [v3] = s.[c4], [v4] = s.[c5], [v5] = s.[c6], [v6] = s.[c7], [v7] = s.[c8], [v8] = s.[c9], [v9] = s.[c10], [v10] = s.[c11], [v11] = s.[c12], [v12] = s.[c13], [v13] = s.[c14], [v14] = s.[c15], [v15] = s.[c16], [v16] = s.[c17], [v17] = s.[c18], [v18] = s.[c19], [v19] = s.[c20], [v20] = s.[c21], [v21] = s.[c22], [v22] = s.[c23], [v23] = s.[c24], [v24] = s.[c25], [v25] = s.[c26], [v26] = s.[c27], [v27] = s.[c28], [v28] = s.[c29], [v29] = s.[c30], [v30] = s.[c31], [v31] = s.[c32]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[types] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    WHERE EXISTS (SELECT s.[c1], s.[c2], s.[c3], s.[c4], s.[c5], s.[c6], s.[c7], s.[c8], s.[c9], s.[c10], s.[c11], s.[c12], s.[c13], s.[c14], s.[c15], s.[c16], s.[c17], DATEPART(TZOFFSET, s.[c17]), s.[c18], CAST(CAST(s.[c19] AS varchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c19] AS varchar(max))), CAST(CAST(s.[c20] AS varchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c20] AS varchar(max))), CAST(CAST(s.[c21] AS varchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c21] AS varchar(max))), CAST(CAST(s.[c22] AS varchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c22] AS varchar(max))), CAST(CAST(s.[c23] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c23] AS nvarchar(max))), CAST(CAST(s.[c24] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c24] AS nvarchar(max))), CAST(CAST(s.[c25] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c25] AS nvarchar(max))), CAST(CAST(s.[c26] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c26] AS nvarchar(max))), CAST(s.[c27] AS varbinary(max)), DATALENGTH(s.[c27]), CAST(s.[c28] AS varbinary(max)), DATALENGTH(s.[c28]), CAST(s.[c29] AS varbinary(max)), DATALENGTH(s.[c29]), CAST(s.[c30] AS varbinary(max)), DATALENGTH(s.[c30]), CAST(CAST(s.[c31] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c31] AS nvarchar(max))), CAST(CAST(s.[c32] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c32] AS nvarchar(max))) EXCEPT SELECT t.[v0], t.[v1], t.[v2], t.[v3], t.[v4], t.[v5], t.[v6], t.[v7], t.[v8], t.[v9], t.[v10], t.[v11], t.[v12], t.[v13], t.[v14], t.[v15], t.[v16], DATEPART(TZOFFSET, t.[v16]), t.[v17], CAST(CAST(t.[v18] AS varchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[v18] AS varchar(max))), CAST(CAST(t.[v19] AS varchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[v19] AS varchar(max))), CAST(CAST(t.[v20] AS varchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[v20] AS varchar(max))), CAST(CAST(t.[v21] AS varchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[v21] AS varchar(max))), CAST(CAST(t.[v22] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[v22] AS nvarchar(max))), CAST(CAST(t.[v23] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[v23] AS nvarchar(max))), CAST(CAST(t.[v24] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[v24] AS nvarchar(max))), CAST(CAST(t.[v25] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[v25] AS nvarchar(max))), CAST(t.[v26] AS varbinary(max)), DATALENGTH(t.[v26]), CAST(t.[v27] AS varbinary(max)), DATALENGTH(t.[v27]), CAST(t.[v28] AS varbinary(max)), DATALENGTH(t.[v28]), CAST(t.[v29] AS varbinary(max)), DATALENGTH(t.[v29]), CAST(CAST(t.[v30] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[v30] AS nvarchar(max))), CAST(CAST(t.[v31] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[v31] AS nvarchar(max))))
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @updated += @@ROWCOUNT;
    INSERT INTO [dbo].[types] ([id], [v0], [v1], [v2], [v3], [v4], [v5], [v6], [v7], [v8], [v9], [v10], [v11], [v12], [v13], [v14], [v15], [v16], [v17], [v18], [v19], [v20], [v21], [v22], [v23], [v24], [v25], [v26], [v27], [v28], [v29], [v30], [v31])
    SELECT k.[c0], s.[c1], s.[c2], s.[c3], s.[c4], s.[c5], s.[c6], s.[c7], s.[c8], s.[c9], s.[c10], s.[c11], s.[c12], s.[c13], s.[c14], s.[c15], s.[c16], s.[c17], s.[c18], s.[c19], s.[c20], s.[c21], s.[c22], s.[c23], s.[c24], s.[c25], s.[c26], s.[c27], s.[c28], s.[c29], s.[c30], s.[c31], s.[c32]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND NOT EXISTS (SELECT 1 FROM [dbo].[types] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- every type: upsert without some rows
DECLARE @from int = 0, @to int = 5, @first varbinary(max) = 0x00000001;
SET NOCOUNT ON;
DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
BEGIN TRY
    UPDATE t SET [v0] = s.[c1], [v1] = s.[c2], [v2] = s.[c3], [v3] = s.[c4], [v4] = s.[c5], [v5] = s.[c6], [v6] = s.[c7], [v7] = s.[c8], [v8] = s.[c9], [v9] = s.[c10], [v10] = s.[c11], [v11] = s.[c12], [v12] = s.[c13], [v13] = s.[c14], [v14] = s.[c15], [v15] = s.[c16], [v16] = s.[c17], [v17] = s.[c18], [v18] = s.[c19], [v19] = s.[c20], [v20] = s.[c21], [v21] = s.[c22], [v22] = s.[c23], [v23] = s.[c24], [v24] = s.[c25], [v25] = s.[c26], [v26] = s.[c27], [v27] = s.[c28], [v28] = s.[c29], [v29] = s.[c30], [v30] = s.[c31], [v31] = s.[c32]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 ORDER BY n.[c0]) AS k
    INNER JOIN [dbo].[types] AS t WITH (UPDLOCK, SERIALIZABLE) ON t.[id] = k.[c0]
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    WHERE EXISTS (SELECT s.[c1], s.[c2], s.[c3], s.[c4], s.[c5], s.[c6], s.[c7], s.[c8], s.[c9], s.[c10], s.[c11], s.[c12], s.[c13], s.[c14], s.[c15], s.[c16], s.[c17], DATEPART(TZOFFSET, s.[c17]), s.[c18], CAST(CAST(s.[c19] AS varchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c19] AS varchar(max))), CAST(CAST(s.[c20] AS varchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c20] AS varchar(max))), CAST(CAST(s.[c21] AS varchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c21] AS varchar(max))), CAST(CAST(s.[c22] AS varchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c22] AS varchar(max))), CAST(CAST(s.[c23] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c23] AS nvarchar(max))), CAST(CAST(s.[c24] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c24] AS nvarchar(max))), CAST(CAST(s.[c25] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c25] AS nvarchar(max))), CAST(CAST(s.[c26] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c26] AS nvarchar(max))), CAST(s.[c27] AS varbinary(max)), DATALENGTH(s.[c27]), CAST(s.[c28] AS varbinary(max)), DATALENGTH(s.[c28]), CAST(s.[c29] AS varbinary(max)), DATALENGTH(s.[c29]), CAST(s.[c30] AS varbinary(max)), DATALENGTH(s.[c30]), CAST(CAST(s.[c31] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c31] AS nvarchar(max))), CAST(CAST(s.[c32] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(s.[c32] AS nvarchar(max))) EXCEPT SELECT t.[v0], t.[v1], t.[v2], t.[v3], t.[v4], t.[v5], t.[v6], t.[v7], t.[v8], t.[v9], t.[v10], t.[v11], t.[v12], t.[v13], t.[v14], t.[v15], t.[v16], DATEPART(TZOFFSET, t.[v16]), t.[v17], CAST(CAST(t.[v18] AS varchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[v18] AS varchar(max))), CAST(CAST(t.[v19] AS varchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[v19] AS varchar(max))), CAST(CAST(t.[v20] AS varchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[v20] AS varchar(max))), CAST(CAST(t.[v21] AS varchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[v21] AS varchar(max))), CAST(CAST(t.[v22] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[v22] AS nvarchar(max))), CAST(CAST(t.[v23] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[v23] AS nvarchar(max))), CAST(CAST(t.[v24] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[v24] AS nvarchar(max))), CAST(CAST(t.[v25] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[v25] AS nvarchar(max))), CAST(t.[v26] AS varbinary(max)), DATALENGTH(t.[v26]), CAST(t.[v27] AS varbinary(max)), DATALENGTH(t.[v27]), CAST(t.[v28] AS varbinary(max)), DATALENGTH(t.[v28]), CAST(t.[v29] AS varbinary(max)), DATALENGTH(t.[v29]), CAST(CAST(t.[v30] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[v30] AS nvarchar(max))), CAST(CAST(t.[v31] AS nvarchar(max)) AS varbinary(max)), DATALENGTH(CAST(t.[v31] AS nvarchar(max))))
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @updated += @@ROWCOUNT;
    INSERT INTO [dbo].[types] ([id], [v0], [v1], [v2], [v3], [v4], [v5], [v6], [v7], [v8], [v9], [v10], [v11], [v12], [v13], [v14], [v15], [v16], [v17], [v18], [v19], [v20], [v21], [v22], [v23], [v24], [v25], [v26], [v27], [v28], [v29], [v30], [v31])
    SELECT f.[c0], s.[c1], s.[c2], s.[c3], s.[c4], s.[c5], s.[c6], s.[c7], s.[c8], s.[c9], s.[c10], s.[c11], s.[c12], s.[c13], s.[c14], s.[c15], s.[c16], s.[c17], s.[c18], s.[c19], s.[c20], s.[c21], s.[c22], s.[c23], s.[c24], s.[c25], s.[c26], s.[c27], s.[c28], s.[c29], s.[c30], s.[c31], s.[c32]
    FROM (SELECT TOP (@to) n.[etl_row], n.[c0] FROM [#etl_stage] AS n WHERE n.[etl_row] >= @from AND n.[etl_row] < @to AND CAST(SUBSTRING(@first, 4 * (n.[etl_row] - @from) + 1, 4) AS int) > 0 AND NOT EXISTS (SELECT 1 FROM [dbo].[types] AS t WITH (UPDLOCK, SERIALIZABLE) WHERE t.[id] = n.[c0]) ORDER BY n.[c0]) AS k
    INNER JOIN [#etl_stage] AS s ON s.[etl_row] = k.[etl_row]
    INNER JOIN [#etl_stage] AS f ON f.[etl_row] = @from - 1 + CAST(SUBSTRING(@first, 4 * (k.[etl_row] - @from) + 1, 4) AS int)
    OPTION (LOOP JOIN, FORCE ORDER);
    SET @inserted += @@ROWCOUNT;
END TRY
BEGIN CATCH
    THROW;
END CATCH;
SELECT @updated AS [etl_updated], @inserted AS [etl_inserted];

-- every type: create table
IF OBJECT_ID(N'[dbo].[types]') IS NULL
CREATE TABLE [dbo].[types] ([id] int NOT NULL, [v0] bit NULL, [v1] tinyint NULL, [v2] smallint NULL, [v3] int NULL, [v4] bigint NULL, [v5] decimal(18,4) NULL, [v6] numeric(38,10) NULL, [v7] money NULL, [v8] smallmoney NULL, [v9] real NULL, [v10] float NULL, [v11] date NULL, [v12] time(7) NULL, [v13] smalldatetime NULL, [v14] datetime NULL, [v15] datetime2(3) NULL, [v16] datetimeoffset(7) NULL, [v17] uniqueidentifier NULL, [v18] char(10) NULL, [v19] varchar(50) NULL, [v20] varchar(max) NULL, [v21] text NULL, [v22] nchar(10) NULL, [v23] nvarchar(50) NULL, [v24] nvarchar(max) NULL, [v25] ntext NULL, [v26] binary(16) NULL, [v27] varbinary(16) NULL, [v28] varbinary(max) NULL, [v29] image NULL, [v30] xml NULL, [v31] json NULL, PRIMARY KEY ([id]));

-- every type: add column
IF COL_LENGTH(N'[dbo].[types]', N'v31') IS NULL
ALTER TABLE [dbo].[types] ADD [v31] json NULL;

-- every type: lock
SET LOCK_TIMEOUT 5000;
BEGIN TRANSACTION;
DECLARE @any int;
SELECT TOP (1) @any = 1 FROM [dbo].[types] WITH (TABLOCKX, HOLDLOCK);

-- every type: alter column
ALTER TABLE [dbo].[types] ALTER COLUMN [v31] json NULL;

-- every type: create unique index
CREATE UNIQUE INDEX [ux_types_id] ON [dbo].[types] ([id]);
