"""The data dictionary as data: which files can be imported, their columns, words and headers in three languages.

Another dataset is another entry here; mapping, checking and loading read these entries and know no dataset by name, but
for the rules of `rules`.
"""

from __future__ import annotations

from pao_core.importing.columns import (
    AGREEMENT,
    LEVEL,
    LEVELS,
    ORDER,
    POINTS,
    QUOTE,
    RESELLER,
    SITE,
    Column,
    Dataset,
    Kind,
    choice,
    country,
    coverage_end,
    coverage_start,
    currency,
    day,
    email,
    headers,
    identifier,
    line_number,
    named,
    naming_stubs,
    number,
    part,
    quantity,
    reseller,
    site,
    subscription,
    unit_price,
    words,
    yes_no,
)
from pao_core.locale import N_
from pao_core.store.schema import RATE_DECIMALS

RESELLERS = Dataset("resellers", N_("Resellers"), (
    site(key=True, aliases=SITE + RESELLER, references=None),
    named("name", "reseller name, company, company name, nome, nome do revendedor, empresa, razão social, nombre, nombre del revendedor, "
                  "razón social", required=True),
    country(required=True),
    choice("tier", headers("type, tipo, nível do revendedor, categoria, categoría"), words(
        distributor="value added distributor, distribuidor, distribuidor de valor agregado, mayorista, vad",
        reseller="revendedor, tier 2, tier2, business partner, parceiro de negócios, socio de negocios",
    )),
    site("distributor_site_number", required=False, references="resellers", aliases=headers(
        "distributor, distributor site, distributor number, distribuidor, site do distribuidor, número do site do distribuidor, "
        "sitio del distribuidor, número de sitio del distribuidor")),
))

AGREEMENTS = Dataset("agreements", N_("Agreements"), (
    identifier("agreement_number", AGREEMENT, required=True, key=True),
    choice("program", headers("programme, enrollment type, enrolment type, programa, tipo de inscrição, tipo de inscripción"), words(
        PA="passport advantage", PAX="passport advantage express, pa express, pae", ELA="enterprise license agreement, enterprise licence agreement",
    ), required=True),
    named("customer_name", "customer, name, cliente, nome do cliente, nome, nombre del cliente, nombre", required=True),
    day("first_order_date", "first order, data do primeiro pedido, primeiro pedido, fecha del primer pedido, primer pedido"),
    day("anniversary_date", "anniversary, aniversário, data de aniversário, aniversario, fecha de aniversario"),
    choice("price_level", LEVEL, LEVELS),
    choice("customer_type", headers("type of customer, tipo de cliente, tipo do cliente"), words(
        commercial="comercial", academic="education, acadêmico, académico, educación, educação", government="governo, gobierno, governamental",
    )),
    named("status", "situação, estado, situación, estatus"),
))

SITES = Dataset("sites", N_("Sites"), (
    site(key=True, references=None),
    identifier("ibm_customer_number", headers(
        "ibm customer no, customer number, icn, número de cliente ibm, número do cliente ibm, número de cliente")),
    named("name", "site name, customer, customer name, nome, nome do site, cliente, nome do cliente, nombre, nombre del sitio, nombre del cliente",
          required=True),
    Column("agreement_number", Kind.IDENTIFIER, aliases=AGREEMENT, references="agreements"),
    choice("role", headers("site role, site type, papel, função, tipo de site, rol, tipo de sitio"), words(
        originating="originating site, originador, site originador, sitio originador, originario",
        additional="additional site, adicional, site adicional, sitio adicional", express="expresso, exprés",
    )),
    country(required=True),
    named("state", "state/province, province, region, uf, estado/província, província, provincia, región"),
    named("city", "town, cidade, município, ciudad, municipio"),
    named("industry", "sector, setor, indústria, ramo, industria"),
))

CONTACTS = Dataset("contacts", N_("Contacts"), (
    site(key=True),
    email("email", "e-mail, mail, e-mail address, contact email, correio eletrônico, endereço de e-mail, e-mail do contato, correo, "
                   "correo electrónico, dirección de correo", key=True),
    named("name", "contact, contact name, full name, contato, nome, nome do contato, contacto, nombre, nombre del contacto", required=True),
    identifier("phone", headers("telephone, phone number, telefone, fone, celular, teléfono, móvil")),
    choice("role", headers("contact role, contact type, type, papel, função, tipo, tipo de contato, rol, función, tipo de contacto"), words(
        primary="primary contact, principal, contato principal, contacto principal",
        technical="site technical, site technical contact, technical contact, técnico, contato técnico, contato técnico do site, "
                  "contacto técnico, contacto técnico del sitio",
        administrative="administrative contact, proof of entitlement, administrativo, contato administrativo, contacto administrativo",
        renewal="s&s renewal, s&s renewal contact, renewal contact, renovação, contato para renovação de s&s, contato de renovação, "
                "renovación, contacto para renovación de s&s, contacto de renovación",
        billing="billing contact, cobrança, contato de cobrança, faturamento, facturación, contacto de facturación",
    )),
))

PARTS = Dataset("parts", N_("Parts"), (
    part(key=True, references=None),
    named("description", "part description, descrição, descrição da peça, descripción, descripción de la pieza", required=True),
    named("description_pt", "description (pt), part description (pt), descrição em português, descripción en portugués"),
    named("description_es", "description (es), part description (es), descrição em espanhol, descripción en español"),
    choice("family", headers("part family, família, familia"), words(
        software="programa", saas="cloud, cloud services, software as a service, nuvem, serviços em nuvem, nube",
    )),
    choice("part_type", headers("type, tipo, tipo de peça, tipo da peça, tipo de pieza"), words(
        license="licence, perpetual, licença, licencia", renewal="s&s renewal, renovação, renovación",
        reinstatement="reintegração, reintegración, reinstalación", trade_up="trade-up, upgrade, licença de upgrade, actualización",
        subscription="subscription license, subscription licence, assinatura, suscripción, licença por assinatura, licencia de suscripción",
        monthly="monthly license, monthly licence, mensal, licença mensal, mensual, licencia mensual",
        fixed_term="fixed term license, fixed term licence, licença de prazo fixo, prazo fixo, plazo fijo, licencia de plazo fijo",
        committed_term="committed term license, committed term licence, prazo comprometido, licença de prazo comprometido, plazo comprometido, "
                       "licencia de plazo comprometido",
        saas="software as a service, cloud", overage="excedente", media="media pack, mídia, medios", unknown="desconhecido, desconocido",
    )),
    named("charge_metric", "metric, métrica, métrica de cobrança, métrica de cobro"),
    named("product_group", "product, product family, grupo de produtos, grupo de produto, produto, grupo de productos, producto"),
    number("points", POINTS, 3),
    identifier("license_part", headers("license part number, licence part, peça de licença, pieza de licencia")),
    identifier("renewal_part", headers("renewal part number, peça de renovação, pieza de renovación")),
    identifier("reinstatement_part", headers("reinstatement part number, peça de reintegração, pieza de reintegración")),
    identifier("overage_part", headers("overage part number, peça de excedente, pieza de excedente")),
))

PRICES = Dataset("prices", N_("Prices"), (
    part(key=True),
    country(required=True, key=True),
    currency(key=True),
    choice("price_level", LEVEL, LEVELS, required=True, key=True),
    day("effective_from", "effective, effective date, start date, valid from, vigente desde, vigência, início da vigência, válido desde, "
                          "vigencia, inicio de vigencia", required=True, key=True),
    day("effective_to", "end date, valid to, valid until, vigente até, fim da vigência, válido até, vigente hasta, fin de vigencia, válido hasta"),
    unit_price(),
    number("points", POINTS, 3),
))

ORDERS = Dataset("orders", N_("Orders"), (
    reseller(),
    identifier("order_number", ORDER, required=True, key=True),
    line_number(required=False),
    day("order_date", "date, date of order, ordered on, data, data do pedido, fecha, fecha del pedido, fecha de pedido", required=True),
    choice("order_type", headers("type, type of order, tipo, tipo de pedido, tipo do pedido"), words(
        purchase="new purchase, compra, nova compra, nueva compra", renewal="renovação, renovación", media="media pack, mídia, medios",
        saas="cloud, cloud services, software as a service, nuvem, nube",
    ), fallback="purchase"),
    site(),
    country(lenient=True),
    part(),
    quantity(),
    unit_price(),
    currency(),
    identifier("po_number", headers("po, purchase order, customer po, ordem de compra, número da ordem de compra, orden de compra, "
                                    "número de orden de compra")),
    identifier("quote_number", QUOTE),
    coverage_start(),
    coverage_end(),
    named("status", "order status, status do pedido, situação, estado, estado del pedido, situación"),
    *naming_stubs(),
), tenant=True)

RENEWALS = Dataset("renewals", N_("Renewals"), (
    reseller(),
    identifier("quote_number", QUOTE + headers("renewal quote, renewal quote number, cotação de renovação, cotización de renovación"),
               required=True, key=True),
    line_number(required=True),
    site(),
    part(),
    quantity(),
    unit_price(),
    currency(),
    coverage_start(required=True),
    coverage_end(),
    day("due_date", "due, due on, renewal due date, vencimento, data de vencimento, vencimento da renovação, vencimiento, fecha de vencimiento, "
                    "vencimiento de la renovación", required=True),
    day("quote_expires", "quote expiration, quote expiration date, quote expiry date, validade da cotação, expiração da cotação, "
                         "vencimento da cotação, validez de la cotización, expiración de la cotización, vencimiento de la cotización"),
    choice("status", headers("renewal status, situação, status da renovação, estado, situación, estado de la renovación"), words(
        open="active, pending, aberta, aberto, em aberto, pendente, abierta, abierto, pendiente",
        renewed="renovada, renovado", lapsed="vencida, vencido, caducada, caducado", cancelled="canceled, cancelada, cancelado",
    ), fallback="open"),
    day("renewed_on", "renewed, date renewed, renovada em, renovado em, renovada el, renovado el"),
    unit_price("prior_unit_price", "prior price, previous price, previous unit price, preço anterior, preço unitário anterior, precio anterior, "
                                   "precio unitario anterior", required=False),
    *naming_stubs(),
), tenant=True)

ENTITLEMENTS = Dataset("entitlements", N_("Entitlements"), (
    reseller(),
    site(key=True),
    part(key=True),
    coverage_start(required=True, key=True),
    quantity(aliases="qty, entitled, entitled quantity, quantidade, qtd, qtde, quantidade de direito, cantidad, cant, cantidad con derecho"),
    choice("kind", headers("type, entitlement type, tipo, tipo de direito, tipo de direito de uso, tipo de derecho, tipo de derecho de uso"), words(
        purchased="purchase, comprado, comprada, compra, adquirido, adquirida", renewed="renewal, renovado, renovada, renovação, renovación",
        allocated="allocation, alocado, alocada, alocação, asignado, asignada, asignación", future="futuro, futura",
    )),
    coverage_end(),
    quantity("deployed_quantity", "deployed, installed, installed quantity, in use, implantado, instalado, quantidade implantada, "
             "quantidade instalada, em uso, desplegado, cantidad desplegada, cantidad instalada, en uso", required=False),
    *naming_stubs(),
), tenant=True)

SUBSCRIPTIONS = Dataset("subscriptions", N_("Subscriptions"), (
    reseller(),
    subscription(),
    site(),
    part(),
    identifier("order_number", ORDER),
    day("ordered_on", "ordered, order date, date of order, data do pedido, fecha del pedido, fecha de pedido"),
    day("provisioned_on", "provisioned, provisioning date, provisionado em, provisionada em, data de provisionamento, aprovisionado el, "
                          "aprovisionada el, fecha de aprovisionamiento"),
    day("start", "start date, subscription start, starts on, início, data de início, início da assinatura, inicio, fecha de inicio, "
                 "inicio de la suscripción"),
    day("end", "end date, subscription end, ends on, fim, término, data de término, fim da assinatura, fin, fecha de fin, "
               "fin de la suscripción"),
    quantity("entitled_quantity", "entitled, quantity, qty, quantidade, qtd, qtde, quantidade contratada, quantidade de direito, cantidad, cant, "
             "cantidad contratada, cantidad con derecho"),
    choice("billing", headers("billing frequency, billing cycle, cobrança, frequência de cobrança, faturamento, facturación, "
                              "frecuencia de facturación"), words(
        upfront="up front, prepaid, antecipado, antecipada, anticipado, anticipada, por adelantado", monthly="mensal, mensual",
        quarterly="trimestral", annual="annually, yearly, anual",
    )),
    named("renewal_type", "renewal, type of renewal, renovação, tipo de renovação, renovación, tipo de renovación"),
    choice("fulfillment_status", headers(
        "fulfilment status, fulfillment, fulfilment, status, saas status, atendimento, status de atendimento, situação, estado, "
        "estado de atención, situación"), words(
        ordered="pedido, pedida, solicitado, solicitada",
        awaiting_form="waiting for form, form pending, aguardando formulário, esperando formulario, en espera del formulario",
        provisioning="in provisioning, provisionamento, em provisionamento, aprovisionamiento, en aprovisionamiento",
        active="ativa, ativo, activa, activo", suspended="suspensa, suspenso, suspendida, suspendido",
        expired="ended, expirada, expirado, encerrada, encerrado, vencida, vencido, finalizada, finalizado",
    )),
), tenant=True)

USAGE = Dataset("usage", N_("Usage"), (
    reseller(),
    subscription(),
    day("period_start", "period from, from, start, start date, início do período, início, de, inicio del período, inicio, desde",
        required=True, key=True),
    day("period_end", "period to, to, end, end date, fim do período, fim, até, fin del período, fin, hasta", required=True),
    quantity("used_quantity", "used, usage, consumption, quantity used, utilizado, uso, consumo, quantidade utilizada, quantidade usada, "
             "cantidad utilizada, cantidad usada"),
    quantity("overage_quantity", "overage, overage qty, excedente, quantidade excedente, quantidade de excedente, cantidad excedente, "
             "cantidad de excedente", required=False),
    yes_no("suppressed", "overage suppressed, suprimido, excedente suprimido, suprimida"),
    named("suppression_reason", "reason for suppression, motivo, motivo da supressão, motivo de la supresión"),
), tenant=True, under="subscriptions")

PROVISIONING = Dataset("provisioning", N_("Provisioning"), (
    reseller(),
    subscription(),
    named("element", "data element, element name, elemento, elemento de dados, nome do elemento, elemento de datos, nombre del elemento",
          required=True, key=True),
    yes_no("required", "mandatory, obrigatório, obrigatória, obligatorio, obligatoria"),
    named("value", "answer, valor, resposta, respuesta"),
    day("submitted_on", "submitted, submitted at, submission date, enviado em, data de envio, enviado el, fecha de envío"),
    named("submitted_by", "sender, enviado por, preenchido por, remetente, remitente"),
), tenant=True, under="subscriptions")

ASSIGNMENTS = Dataset("assignments", N_("Assignments"), (
    reseller(),
    site(key=True),
    email("account_manager", "manager, account manager email, owner, gerente de conta, gerente, e-mail do gerente de conta, responsável, "
                             "gerente de cuenta, correo del gerente de cuenta, responsable"),
), tenant=True)

EXCHANGE_RATES = Dataset("exchange_rates", N_("Exchange rates"), (
    day("date", "day, rate date, data, dia, data da taxa, fecha, día, fecha del tipo de cambio", required=True, key=True),
    currency(key=True),
    number("rate", headers("exchange rate, units per eur, taxa, taxa de câmbio, câmbio, tasa, tasa de cambio, tipo de cambio"), RATE_DECIMALS,
           required=True),
))

DATASETS: dict[str, Dataset] = {dataset.name: dataset for dataset in (
    RESELLERS, AGREEMENTS, SITES, CONTACTS, PARTS, PRICES, ORDERS, RENEWALS, ENTITLEMENTS, SUBSCRIPTIONS, USAGE, PROVISIONING, ASSIGNMENTS,
    EXCHANGE_RATES,
)}
